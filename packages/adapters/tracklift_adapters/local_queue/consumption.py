import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from tracklift_adapters.local_queue.message_table import Delivery, MessageTable
from tracklift_adapters.local_queue.notifier import Notifier, wait
from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.backoff import Backoff
from tracklift_runtime.deliver_event import DeliverEvent, Outcome
from tracklift_runtime.outage import Outage

_log = logging.getLogger(__name__)


class Consumption:
    """One consumer's work on one queue: workers that take, handle and settle one event after another."""

    def __init__(
        self,
        queue: str,
        deliver: DeliverEvent,
        *,
        messages: MessageTable,
        notifier: Notifier,
        clock: Clock,
        renew_every: timedelta,
        poll_every: timedelta,
        stopping: asyncio.Event,
    ) -> None:
        self._queue = queue
        self._deliver = deliver
        self._messages = messages
        self._notifier = notifier
        self._clock = clock
        self._renew_every = renew_every
        self._poll_every = poll_every
        self._stopping = stopping
        # Apart, as on a full disk an empty queue can be read while nothing can be settled.
        self._taking = Outage(f"Queue {queue} can't be read", f"Queue {queue} is read again")
        self._settling = Outage(
            f"Queue {queue} can't take note of finished work",
            f"Queue {queue} takes note of finished work again",
        )

    async def run(self, workers: int) -> None:
        """Work until `stopping` is set and what is at work is finished."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._notify_when_stopping())
            for _ in range(workers):
                tasks.create_task(self._work())

    async def _notify_when_stopping(self) -> None:
        await self._stopping.wait()
        self._notifier.notify()

    async def _work(self) -> None:
        worker = asyncio.current_task()
        backoff = Backoff()
        # A handler may swallow the cancellation of its worker, which ends nevertheless.
        while not self._stopping.is_set() and not (worker and worker.cancelling()):
            notification = self._notifier.subscribe()
            with self._messages.new_token() as token:
                try:
                    pause = await self._take_and_handle(token, backoff)
                except BaseException:
                    # Done after whatever was handed in before, so it also undoes a take whose caller was cancelled.
                    with suppress(ServiceUnavailableError):
                        await self._messages.release(token)
                    self._notifier.notify()
                    raise
            if pause is not None:
                await wait(notification, pause)

    async def _take_and_handle(self, token: str, backoff: Backoff) -> float | None:
        """Handle an event, or give the seconds to wait because there is none."""
        try:
            found = await self._messages.take(self._queue, token)
        except ServiceUnavailableError as error:
            self._taking.goes_on(backoff, error)
            return backoff.next()
        self._taking.is_over(backoff)
        if not isinstance(found, Delivery):
            return self._pause_until(found)
        async with self._lease_kept(token):
            outcome = await self._deliver(found.event, failures=found.failures)
            await self._settle(token, outcome)
        return None

    def _pause_until(self, time: datetime | None) -> float:
        # Changes by other processes notify no worker here, so the file is looked at now and then in any case.
        longest = self._poll_every
        if time is not None:
            longest = min(longest, max(time - self._clock.now(), timedelta(0)))
        return longest.total_seconds()

    async def _settle(self, token: str, outcome: Outcome) -> None:
        backoff = Backoff()
        while True:
            notification = self._notifier.subscribe()
            try:
                held = await self._messages.settle(token, outcome)
            except ServiceUnavailableError as error:
                self._settling.goes_on(token, error)
                if self._stopping.is_set():
                    # The lease runs out and the event is redelivered, as after a crash.
                    return
                await wait(notification, backoff.next())
            else:
                self._settling.is_over(token)
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
