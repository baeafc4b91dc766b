from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Select, delete, func, insert, null, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from tracklift_adapters.sql.conversion_rows import conversion_to_row, row_to_conversion
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import conversions
from tracklift_domain.conversion.conversion import ACTIVE_STATES, Conversion, ConversionState
from tracklift_domain.conversion.errors import (
    ConversionExistsError,
    ConversionNotFoundError,
    StaleConversionError,
)
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId, UserId

_ACTIVE = sorted(state.value for state in ACTIVE_STATES)
_WITH_WORKERS = [ConversionState.QUEUED.value, ConversionState.CONVERTING.value]
_LISTED = select(
    *(column for column in conversions.c if column is not conversions.c.audio_chapters),
    null().label("audio_chapters"),
)


class SqlConversionRepository(ConversionRepository):
    """Keeps conversions in a table. The outbox must be of the same database."""

    def __init__(self, database: SqlDatabase, outbox: SqlOutbox) -> None:
        self._database = database
        self._outbox = outbox

    @override
    async def add(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        try:
            async with self._outbox.write_with(events) as connection:
                await connection.execute(insert(conversions).values(conversion_to_row(conversion)))
        except IntegrityError as error:
            raise ConversionExistsError(conversion.id) from error

    @override
    async def get(self, conversion_id: ConversionId) -> Conversion:
        found = await self._read(select(conversions).where(conversions.c.id == conversion_id))
        if not found:
            raise ConversionNotFoundError(conversion_id)
        return found[0]

    @override
    async def find_by_idempotency_key(self, owner_id: UserId, key: str) -> Conversion | None:
        found = await self._read(
            select(conversions).where(
                conversions.c.owner_id == owner_id, conversions.c.idempotency_key == key
            )
        )
        return found[0] if found else None

    @override
    async def replace(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        async with self._outbox.write_with(events) as connection:
            written = await connection.execute(
                update(conversions)
                .where(conversions.c.id == conversion.id, conversions.c.revision == conversion.revision - 1)
                .values(conversion_to_row(conversion))
            )
            if written.rowcount == 0:
                await _explain_miss(connection, conversion.id)

    @override
    async def remove(self, conversion: Conversion) -> None:
        async with self._database.write() as connection:
            removed = await connection.execute(
                delete(conversions).where(
                    conversions.c.id == conversion.id, conversions.c.revision == conversion.revision
                )
            )
            if removed.rowcount == 0:
                await _explain_miss(connection, conversion.id)

    @override
    async def list_owned(
        self,
        owner_id: UserId,
        *,
        limit: int,
        state: ConversionState | None = None,
        after: ListPosition | None = None,
    ) -> Sequence[Conversion]:
        query = _LISTED.where(conversions.c.owner_id == owner_id)
        if state is not None:
            query = query.where(conversions.c.state == state.value)
        if after is not None:
            query = query.where(*_behind(after))
        order = conversions.c.created_at.desc(), conversions.c.id.desc()
        return await self._read(query.order_by(*order).limit(limit))

    @override
    async def count_active(self, owner_id: UserId, *, before: ListPosition | None = None) -> int:
        query = (
            select(func.count())
            .select_from(conversions)
            .where(conversions.c.owner_id == owner_id, conversions.c.state.in_(_ACTIVE))
        )
        if before is not None:
            query = query.where(*_behind(before))
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()

    @override
    async def list_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        return await self._read(
            _LISTED.where(conversions.c.expires_at <= now)
            .order_by(conversions.c.expires_at, conversions.c.id)
            .limit(limit)
        )

    @override
    async def list_stalled(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        return await self._read(
            _LISTED.where(conversions.c.state.in_(_WITH_WORKERS), conversions.c.updated_at < before)
            .order_by(conversions.c.updated_at, conversions.c.id)
            .limit(limit)
        )

    @override
    async def list_unconfirmed(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        return await self._read(
            _LISTED.where(conversions.c.unconfirmed_since < before)
            .order_by(conversions.c.unconfirmed_since, conversions.c.id)
            .limit(limit)
        )

    @override
    async def note_announcement(self, conversion: Conversion, since: datetime | None) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(conversions)
                .where(
                    conversions.c.id == conversion.id,
                    conversions.c.revision == conversion.revision,
                    conversions.c.unconfirmed_since.is_not(None),
                )
                .values(unconfirmed_since=since)
            )

    async def _read(self, query: Select[Any]) -> Sequence[Conversion]:
        async with self._database.read() as connection:
            return [row_to_conversion(row) for row in await connection.execute(query)]


def _behind(position: ListPosition) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    created_at, id_ = conversions.c.created_at, conversions.c.id
    # The first condition is part of the second; alone it is one that an index can seek to.
    return (
        created_at <= position.created_at,
        or_(created_at < position.created_at, id_ < position.conversion_id),
    )


async def _explain_miss(connection: AsyncConnection, conversion_id: ConversionId) -> NoReturn:
    """Say why a write found no row with the revision it asked for."""
    query = select(conversions.c.id).where(conversions.c.id == conversion_id)
    if (await connection.execute(query)).first() is None:
        raise ConversionNotFoundError(conversion_id)
    raise StaleConversionError(conversion_id)
