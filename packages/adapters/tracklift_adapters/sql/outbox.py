import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.tables import outbox
from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.errors import MalformedEventError, UnknownEventTypeError
from tracklift_domain.messaging.ports import Outbox
from tracklift_runtime.cloud_events import decode_event, encode_event

_log = logging.getLogger(__name__)


class SqlOutbox(Outbox):
    """Keeps unpublished events in a table beside the records that caused them.

    An event that can't be read here, say one that a newer version stored, is ignored: it stays in the table for a
    process that can read it, and holds up no other.
    """

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self._stored = asyncio.Event()
        self._unreadable: set[int] = set()

    @asynccontextmanager
    async def write_with(self, events: Sequence[Event]) -> AsyncIterator[AsyncConnection]:
        """Give a connection to write with; the events are stored in the same transaction."""
        try:
            async with self._database.write() as connection:
                yield connection
                if events:
                    await connection.execute(
                        insert(outbox),
                        [{"event_id": event.id, "event": encode_event(event)} for event in events],
                    )
        finally:
            # After an error too: a commit that was cut off may have been done.
            if events:
                self._stored.set()

    @override
    async def pending(self, *, limit: int) -> Sequence[Event]:
        events: list[Event] = []
        position = 0
        async with self._database.read() as connection:
            # One page is all there is to read, unless it holds events that are ignored.
            while len(events) < limit:
                page = select(outbox).where(outbox.c.position > position).order_by(outbox.c.position)
                rows = (await connection.execute(page.limit(limit))).all()
                events += [event for row in rows if (event := self._read(row)) is not None]
                if len(rows) < limit:
                    break
                position = rows[-1].position
        return events[:limit]

    @override
    async def mark_published(self, event_ids: Sequence[EventId]) -> None:
        if event_ids:
            async with self._database.write() as connection:
                await connection.execute(delete(outbox).where(outbox.c.event_id.in_(event_ids)))

    @override
    async def wait(self, longest: timedelta) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(longest.total_seconds()):
                await self._stored.wait()
        # Not reached by a cancellation, so a wait that is given up forgets no event.
        self._stored.clear()

    def _read(self, row: Row[Any]) -> Event | None:
        try:
            return decode_event(row.event)
        except (MalformedEventError, UnknownEventTypeError) as error:
            if row.position not in self._unreadable:
                self._unreadable.add(row.position)
                _log.error("Event %s stays in the outbox unpublished: %s", row.event_id, error)
            return None
