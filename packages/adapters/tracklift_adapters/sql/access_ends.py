from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, delete, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from tracklift_adapters.sql.column_types import UtcDateTime
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.tables import access_ends
from tracklift_domain.user.access.ports import AccessEnd, AccessEndRepository

_columns = access_ends.c


class SqlAccessEndRepository(AccessEndRepository):
    """Keeps in a table whose access ended."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    @override
    async def record(self, end: AccessEnd) -> None:
        later = {
            "ended_at": _later(_columns.ended_at, end.ended_at),
            "recorded_at": _later(_columns.recorded_at, end.recorded_at),
        }
        first = {"subject": end.subject, "ended_at": end.ended_at, "recorded_at": end.recorded_at}
        # Another process may add or remove the row after this one had looked; then it looks again.
        while True:
            try:
                async with self._database.write() as connection:
                    changed = await connection.execute(
                        update(access_ends).where(_columns.subject == end.subject).values(later)
                    )
                    if changed.rowcount == 0:
                        await connection.execute(insert(access_ends).values(first))
            except IntegrityError:
                continue
            return

    @override
    async def list_recorded_since(self, time: datetime, *, limit: int) -> Sequence[AccessEnd]:
        found = select(access_ends).where(_columns.recorded_at >= time)
        async with self._database.read() as connection:
            rows = await connection.execute(found.order_by(_columns.recorded_at.desc()).limit(limit))
            return [
                AccessEnd(subject=row.subject, ended_at=row.ended_at, recorded_at=row.recorded_at)
                for row in rows
            ]

    @override
    async def forget_before(self, time: datetime) -> int:
        async with self._database.write() as connection:
            removed = await connection.execute(delete(access_ends).where(_columns.ended_at < time))
        return removed.rowcount


def _later(column: ColumnElement[datetime], time: datetime) -> ColumnElement[datetime]:
    given = literal(time, UtcDateTime)
    return case((column < given, given), else_=column)
