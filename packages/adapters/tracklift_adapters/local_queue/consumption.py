import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from tracklift_adapters.local_queue.bell import Bell, wait
from tracklift_adapters.local_queue.message_table import Delivery, MessageTable
from tracklift_adapters.local_queue.outage import Outage
from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.deliver_event import DeliverEvent, Outcome

_log = logging.getLogger(__name__)


class Consumption:
    """One consumer's work on one queue: workers that take, handle and settle one event after another."""

    def __init__(
        self,
        queue: str,
        deliver: DeliverEvent,
        *,
        messages: MessageTable,
        bell: Bell,
        clock: Clock,
        renew_every: timedelta,
        poll_every: timedelta,
        stopping: asyncio.Event,
    ) -> None:
        self._queue = queue
        self._deliver = deliver
        self._messages = messages
        self._bell = bell
        self._clock = clock
        self._renew_every = renew_every
        self._poll_every = poll_every
        self._stopping = stopping
        # Apart, as on a full disk an empty queue can be read while nothing can be settled.
        self._taking = Outage(f"Queue {queue} can't be read")
        self._settling = Outage(f"Queue {queue} can't take note of finished work")

    async def run(self, workers: int) -> None:
        """Work until `stopping` is set and what is at work is finished."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ring_when_stopping())
            for _ in range(workers):
                tasks.create_task(self._work())

    async def _ring_when_stopping(self) -> None:
        await self._stopping.wait()
        self._bell.ring()

    async def _work(self) -> None:
        worker = asyncio.current_task()
        # A handler may swallow the cancellation of its worker, which ends nevertheless.
        while not self._stopping.is_set() and not (worker and worker.cancelling()):
            ring = self._bell.listen()
            with self._messages.new_token() as token:
                try:
                    pause = await self._take_and_handle(token)
                except BaseException:
                    # Done after whatever was handed in before, so it also undoes a take that nobody waited for.
                    with suppress(ServiceUnavailableError):
                        await self._messages.release(token)
                    self._bell.ring()
                    raise
            if pause is not None:
                await wait(ring, pause)

    async def _take_and_handle(self, token: str) -> float | None:
        """Handle an event, or give the seconds to wait because there is none."""
        try:
            found = await self._messages.take(self._queue, token)
        except ServiceUnavailableError as error:
            return self._taking.goes_on(error)
        self._taking.is_over()
        if not isinstance(found, Delivery):
            return self._pause_until(found)
        async with self._lease_kept(token):
            outcome = await self._deliver(found.event, failures=found.failures)
            await self._settle(token, outcome)
        return None

    def _pause_until(self, moment: datetime | None) -> float:
        # Other processes ring no bell here, so the file is looked at now and then in any case.
        longest = self._poll_every
        if moment is not None:
            longest = min(longest, max(moment - self._clock.now(), timedelta(0)))
        return longest.total_seconds()

    async def _settle(self, token: str, outcome: Outcome) -> None:
        while True:
            ring = self._bell.listen()
            try:
                held = await self._messages.settle(token, outcome)
            except ServiceUnavailableError as error:
                pause = self._settling.goes_on(error)
                if self._stopping.is_set():
                    # The lease runs out and the event comes again, as after a crash.
                    return
                await wait(ring, pause)
            else:
                self._settling.is_over()
                if not held:
                    _log.warning(
                        "Queue %s: an event was handled after its lease had run out; it was or will be handled again.",
                        self._queue,
                    )
                return

    @asynccontextmanager
    async def _lease_kept(self, token: str) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(token))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, token: str) -> None:
        due = self._clock.now() + self._renew_every
        while True:
            # Looked at often, not slept through: the clock may jump, as when the machine wakes from a sleep.
            await asyncio.sleep(min(self._poll_every, self._renew_every).total_seconds())
            if self._clock.now() < due:
                continue
            # A storage that fails is asked again at the next look; that the lease was lost shows when settling.
            with suppress(ServiceUnavailableError):
                await self._messages.renew(token)
                due = self._clock.now() + self._renew_every
