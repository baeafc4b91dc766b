import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from typing_extensions import override

from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.ports import Outbox


class InMemoryOutbox(Outbox):
    """Keeps unpublished events in the memory of this process.

    A repository with this outbox calls `store` together with its own write. As nothing is awaited between the two, no
    other task sees one without the other.
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._stored = asyncio.Event()

    def store(self, events: Sequence[Event]) -> None:
        """Append events, and wake all waiting callers."""
        if events:
            self._events.extend(events)
            self._stored.set()

    @override
    async def pending(self, *, limit: int) -> Sequence[Event]:
        return self._events[:limit]

    @override
    async def mark_published(self, event_ids: Sequence[EventId]) -> None:
        published = set(event_ids)
        self._events = [event for event in self._events if event.id not in published]

    @override
    async def wait(self, longest: timedelta) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(longest.total_seconds()):
                await self._stored.wait()
        # A cancelled wait does not get here, so it does not clear the flag of an event that no caller has seen.
        self._stored.clear()
