import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from tracklift_adapters.rabbitmq import messages
from tracklift_adapters.rabbitmq.channel import Message
from tracklift_adapters.rabbitmq.deliveries import Deliveries
from tracklift_adapters.rabbitmq.errors import NotConnectedError
from tracklift_adapters.rabbitmq.loop_thread import LoopThread
from tracklift_adapters.rabbitmq.settling import Settling
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_runtime.backoff import Backoff
from tracklift_runtime.deliver_event import DeliverEvent
from tracklift_runtime.outage import Outage

_log = logging.getLogger(__name__)
Result = TypeVar("Result")


class Consumption:
    """One consumer's work on one queue: workers that take, handle and settle one event after another."""

    def __init__(
        self,
        queue: str,
        deliver: DeliverEvent,
        *,
        thread: LoopThread,
        new_deliveries: Callable[[], Deliveries],
        settling: Settling,
        stopping: asyncio.Event,
    ) -> None:
        self._queue = queue
        self._deliver = deliver
        self._thread = thread
        self._new_deliveries = new_deliveries
        self._settling = settling
        self._stopping = stopping
        self._reading = Outage(f"Queue {queue} can't be read", f"Queue {queue} is read again")
        self._moving = Outage(
            f"Queue {queue} can't take note of finished work",
            f"Queue {queue} takes note of finished work again",
        )

    async def run(self, workers: int) -> None:
        """Work until `stopping` is set and what is at work is finished."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(workers):
                tasks.create_task(self._work())

    @property
    def _ends(self) -> bool:
        # A handler may swallow the cancellation of its worker, which ends nevertheless.
        worker = asyncio.current_task()
        return self._stopping.is_set() or bool(worker and worker.cancelling())

    async def _work(self) -> None:
        backoff = Backoff()
        while not self._ends:
            deliveries = self._new_deliveries()
            try:
                await self._consume(deliveries)
            except ServiceUnavailableError as error:
                # That there is no connection is logged by its keeper.
                if not isinstance(error, NotConnectedError):
                    self._reading.goes_on(asyncio.current_task(), error)
                await self._unless_stopping(asyncio.sleep(backoff.next()))
            finally:
                await run_to_completion(self._close(deliveries))

    async def _consume(self, deliveries: Deliveries) -> None:
        if not await self._unless_stopping(self._open(deliveries)):
            return
        self._reading.is_over(asyncio.current_task())
        while not self._ends:
            message = await self._unless_stopping(self._thread.run(deliveries.next))
            if message is None or self._ends:
                return
            if self._settling.is_due(message):
                await self._handle(deliveries, message)
            else:
                await self._until_noted(partial(self._settling.postpone, deliveries, message))

    async def _open(self, deliveries: Deliveries) -> bool:
        await self._thread.run(deliveries.open)
        return True

    async def _handle(self, deliveries: Deliveries, message: Message) -> None:
        outcome = await self._deliver(message.body, failures=messages.failures_of(message))
        handled_at = self._settling.now()
        if not await self._until_noted(
            lambda: self._settling.settle(deliveries, message, outcome, handled_at)
        ):
            _log.info(
                "Queue %s: an event was handled while the connection was lost. It is redelivered.",
                self._queue,
            )

    async def _until_noted(self, work: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
        """Let the broker take note of something; `False` if it does not: the event is redelivered then."""
        backoff = Backoff()
        while True:
            try:
                is_noted = await run_to_completion(self._thread.run(work))
            except ServiceUnavailableError as error:
                if not isinstance(error, NotConnectedError):
                    self._moving.goes_on(asyncio.current_task(), error)
                if self._ends:
                    return False
                await self._unless_stopping(asyncio.sleep(backoff.next()))
            else:
                self._moving.is_over(asyncio.current_task())
                return is_noted

    async def _close(self, deliveries: Deliveries) -> None:
        try:
            await self._thread.run(deliveries.close)
        except ServiceUnavailableError:
            # Whatever is gone already has given its message back.
            return

    async def _unless_stopping(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """Do some work that may be broken off when `stopping` is set; `None` says that it was."""
        working = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            working.cancel()
            stopped.cancel()
            await asyncio.gather(working, stopped, return_exceptions=True)
