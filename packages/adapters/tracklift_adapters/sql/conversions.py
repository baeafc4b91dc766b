from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, insert, null, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from tracklift_adapters.sql.conversion_rows import conversion_to_row, row_to_conversion
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import conversions
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ACTIVE_STATES, ConversionState
from tracklift_domain.conversion.errors import (
    ConversionExistsError,
    ConversionNotFoundError,
    StaleConversionError,
)
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition, StateCount, StoredMediaTotal
from tracklift_domain.events import Event
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.identifiers import ConversionId, UserId

_ACTIVE = sorted(state.value for state in ACTIVE_STATES)
_WITH_WORKERS = [ConversionState.QUEUED.value, ConversionState.CONVERTING.value]
_NOT_IN_LISTS = {"audio_chapters", "audio_peaks"}
_MOST_STALE = 100
"""Rows that the release before may have left as holders, at the most."""
_STORING = [*_ACTIVE, ConversionState.COMPLETED.value, ConversionState.FAILED.value]
_PASSING_FAILURES = sorted(code.value for code in FailureCode if not code.is_final)
_STORED_BYTES = case(
    (
        conversions.c.state == ConversionState.UPLOADING.value,
        func.coalesce(conversions.c.upload_length, conversions.c.reserved_bytes, 0),
    ),
    (conversions.c.state == ConversionState.COMPLETED.value, func.coalesce(conversions.c.audio_size, 0)),
    (conversions.c.uploaded_as.is_not(None), 0),
    (
        or_(
            conversions.c.state.in_(_WITH_WORKERS),
            conversions.c.failure_code.in_(_PASSING_FAILURES),
        ),
        func.coalesce(conversions.c.source_size, 0),
    ),
    else_=0,
)
"""As `source_bytes` and `audio_bytes` of a conversion."""
_LISTED = select(
    *(null().label(column.name) if column.name in _NOT_IN_LISTS else column for column in conversions.c)
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
    async def list_all(
        self, *, limit: int, state: ConversionState | None = None, after: ListPosition | None = None
    ) -> Sequence[Conversion]:
        states = list(ConversionState) if state is None else [state]
        query = _LISTED.where(conversions.c.state.in_([each.value for each in states]))
        if after is not None:
            query = query.where(*_behind(after))
        order = conversions.c.created_at.desc(), conversions.c.id.desc()
        return await self._read(query.order_by(*order).limit(limit))

    @override
    async def count_in_state(self, state: ConversionState, *, most: int) -> StateCount:
        updated_at = conversions.c.updated_at
        oldest = (
            select(updated_at).where(conversions.c.state == state.value).order_by(updated_at).limit(most)
        ).subquery()
        async with self._database.read() as connection:
            query = select(func.count(), func.min(oldest.c.updated_at)).select_from(oldest)
            count, oldest_update = (await connection.execute(query)).one()
        return StateCount(count, oldest_update)

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
    async def total_stored(self, owner_id: UserId, *, before: ListPosition | None = None) -> StoredMediaTotal:
        query = select(func.sum(_STORED_BYTES), func.min(conversions.c.expires_at)).where(
            conversions.c.owner_id == owner_id, conversions.c.state.in_(_STORING), _STORED_BYTES > 0
        )
        if before is not None:
            query = query.where(*_behind(before))
        async with self._database.read() as connection:
            size, less_from = (await connection.execute(query)).one()
        # MySQL adds up as decimals.
        return StoredMediaTotal(int(size or 0), less_from)

    @override
    async def list_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        return await self._read(
            _LISTED.where(conversions.c.expires_at <= now)
            .order_by(conversions.c.expires_at, conversions.c.id)
            .limit(limit)
        )

    @override
    async def list_source_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        return await self._read(
            _LISTED.where(conversions.c.source_kept_until <= now, conversions.c.unconfirmed_since.is_(None))
            .order_by(conversions.c.source_kept_until, conversions.c.id)
            .limit(limit)
        )

    @override
    async def find_source_holder(
        self, source_id: ConversionId, *, state: ConversionState | None = None
    ) -> Conversion | None:
        query = _LISTED.where(
            or_(
                and_(conversions.c.id == source_id, conversions.c.uploaded_as.is_(None)),
                and_(conversions.c.uploaded_as == source_id, conversions.c.holds_source),
            )
        )
        if state is not None:
            query = query.where(conversions.c.state == state.value)
        # One statement, so that all of it is seen as it was at one time.
        found = await self._read(query.limit(_MOST_STALE))
        return next((conversion for conversion in found if conversion.holds_source), None)

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
