"""Publishes what waits in an outbox."""

import asyncio
import logging
from datetime import timedelta

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.messaging.ports import EventPublisher, Outbox

_log = logging.getLogger(__name__)


class RelayOutbox:
    """Publishes stored events, at once after they were stored and again until the broker confirms.

    An event is taken out only after its confirmation, so a crash in between publishes it twice and never loses it.
    """

    def __init__(
        self,
        outbox: Outbox,
        publisher: EventPublisher,
        *,
        batch: int = 100,
        sweep_every: timedelta = timedelta(seconds=5),
    ) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._batch = batch
        self._sweep_every = sweep_every

    async def __call__(self) -> int:
        """Publish what is pending now, and give how many events were.

        An event that can't be routed is left for later and does not hold up the others.

        Raises:
            ServiceUnavailableError: storage or broker can't be reached; what was published by then is marked.
        """
        events = await self._outbox.pending(limit=self._batch)
        published = []
        try:
            for event in events:
                try:
                    await self._publisher.publish(event)
                except UnroutableEventError as error:
                    _log.warning("%s It stays in the outbox.", error)
                else:
                    published.append(event.id)
        finally:
            if published:
                await self._outbox.mark_published(published)
        return len(published)

    async def run(self, *, stopping: asyncio.Event) -> None:
        """Relay until `stopping` is set, then once more, so that nothing accepted waits for the next start."""
        down = False
        while True:
            last_round = stopping.is_set()
            try:
                while await self() == self._batch:
                    pass
            except ServiceUnavailableError as error:
                # Said once, not with every try: an outage of an hour must not fill the log.
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
