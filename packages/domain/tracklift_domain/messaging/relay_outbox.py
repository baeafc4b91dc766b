"""Publishes the events of an outbox."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.messaging.ports import EventPublisher, Outbox

_log = logging.getLogger(__name__)


class RelayOutbox:
    """Publishes events immediately after they were stored, and again until the broker confirms them.

    An event is removed only after its confirmation, so a crash in between publishes it twice and never loses it.
    """

    def __init__(
        self,
        outbox: Outbox,
        publisher: EventPublisher,
        *,
        batch: int = 100,
        sweep_every: timedelta = timedelta(seconds=5),
    ) -> None:
        """Publish in batches of `batch`; poll the outbox every `sweep_every`."""
        self._outbox = outbox
        self._publisher = publisher
        self._batch = batch
        self._sweep_every = sweep_every
        self._left = 0
        self._unroutable_types: set[str] = set()

    async def __call__(self) -> int:
        """Publish all pending events, and give their number.

        An event that can't be routed is left for later and does not delay the others.

        Raises:
            ServiceUnavailableError: the storage or the broker can't be reached; events published by then are marked.
        """
        count = 0
        unroutable: set[EventId] = set()
        while True:
            # Events that were left stay at the head of the outbox, so they are requested in addition to a batch.
            limit = self._batch + self._left
            events = await self._outbox.pending(limit=limit)
            count += await self._publish(
                [event for event in events if event.id not in unroutable], unroutable
            )
            self._left = len(unroutable)
            if len(events) < limit:
                return count

    async def _publish(self, events: Sequence[Event], unroutable: set[EventId]) -> int:
        published = []
        try:
            for event in events:
                try:
                    await self._publisher.publish(event)
                except UnroutableEventError as error:
                    unroutable.add(event.id)
                    self._report(error)
                else:
                    published.append(event.id)
                    self._unroutable_types.discard(event.type)
        finally:
            if published:
                await self._outbox.mark_published(published)
        return len(published)

    def _report(self, error: UnroutableEventError) -> None:
        # Logged once for a type, not for each event with every sweep.
        if error.event_type not in self._unroutable_types:
            _log.warning("%s They stay in the outbox.", error)
        self._unroutable_types.add(error.event_type)

    async def run(self, *, stopping: asyncio.Event) -> None:
        """Relay until `stopping` is set, then once more, so that nothing accepted waits for the next start."""
        down = False
        while True:
            last_round = stopping.is_set()
            try:
                await self()
            except ServiceUnavailableError as error:
                # Logged once, not with every try: an outage of an hour must not fill the log.
                if not down:
                    _log.warning("Events wait in the outbox: %s", error)
                down = True
            else:
                if down:
                    _log.info("Events are published again.")
                down = False
            if last_round:
                return
            await self._wait(stopping)

    async def _wait(self, stopping: asyncio.Event) -> None:
        stored = asyncio.ensure_future(self._pause())
        stopped = asyncio.ensure_future(stopping.wait())
        try:
            await asyncio.wait({stored, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stored.cancel()
            stopped.cancel()
            await asyncio.gather(stored, stopped, return_exceptions=True)

    async def _pause(self) -> None:
        try:
            await self._outbox.wait(self._sweep_every)
        except ServiceUnavailableError:
            await asyncio.sleep(self._sweep_every.total_seconds())
