import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from typing_extensions import override

from tracklift_domain.clock import Clock
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import (
    DeadLetter,
    DeadLetterRecord,
    Done,
    EventHandler,
    RetryAfter,
    Subscription,
)
from tracklift_domain.messaging.errors import DeadLetterNotFoundError, UnroutableEventError
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.ports import DeadLetters, EventConsumer, EventPublisher, EventQueues
from tracklift_runtime.cloud_events import encode_event
from tracklift_runtime.deliver_event import DeliverEvent, Outcome


@dataclass(slots=True)
class _Message:
    event: str
    available_at: datetime
    failures: int = 0


@dataclass(slots=True)
class _Queue:
    event_types: frozenset[str] = frozenset()
    messages: list[_Message] = field(default_factory=list)
    dead_letters: dict[str, DeadLetterRecord] = field(default_factory=dict)

    def take(self, now: datetime) -> _Message | None:
        """Take out the first message whose time has come."""
        for position, message in enumerate(self.messages):
            if message.available_at <= now:
                return self.messages.pop(position)
        return None


class InMemoryEventBroker(EventPublisher, EventConsumer, EventQueues, DeadLetters):
    """Hands events between the tasks of one event loop, and forgets them all when the process ends.

    An event is out of its queue while a handler has it, and is put back when the handler is cancelled, so it needs no
    lease.
    """

    def __init__(
        self, clock: Clock, redelivery: RedeliveryPolicy, *, look_every: timedelta = timedelta(seconds=1)
    ) -> None:
        """Make a broker without queues. While an event waits for its time, the clock is read every `look_every`."""
        self._clock = clock
        self._redelivery = redelivery
        self._look_every = look_every
        self._queues: dict[str, _Queue] = {}
        self._letter_ids = itertools.count(1)
        self._changed = asyncio.Event()

    @override
    async def publish(self, event: Event) -> None:
        takers = [queue for queue in self._queues.values() if event.type in queue.event_types]
        if not takers:
            raise UnroutableEventError(event.type)
        # As text, so that an event that can't be written or read again fails here as it would elsewhere.
        text = encode_event(event)
        for queue in takers:
            self._put(queue, text)

    @override
    async def declare(self, subscriptions: Sequence[Subscription]) -> None:
        for subscription in subscriptions:
            event_types = frozenset(event_type.type for event_type in subscription.event_types)
            self._queue(subscription.queue).event_types = event_types

    @override
    async def consume(
        self, subscription: Subscription, handler: EventHandler, *, stopping: asyncio.Event
    ) -> None:
        deliver = DeliverEvent(subscription, handler, self._redelivery)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake_when(stopping))
            for _ in range(subscription.concurrency):
                tasks.create_task(self._work(subscription.queue, deliver, stopping))

    @override
    async def waiting(self, queue: str) -> int:
        now = self._clock.now()
        return sum(message.available_at <= now for message in self._queue(queue).messages)

    @override
    async def list(self, queue: str, *, limit: int) -> Sequence[DeadLetterRecord]:
        return tuple(itertools.islice(self._queue(queue).dead_letters.values(), limit))

    @override
    async def get(self, queue: str, letter_id: str) -> DeadLetterRecord:
        letter = self._queue(queue).dead_letters.get(letter_id)
        if letter is None:
            raise DeadLetterNotFoundError(queue, letter_id)
        return letter

    @override
    async def redrive(self, queue: str, letter_id: str) -> None:
        letter = self._queue(queue).dead_letters.pop(letter_id, None)
        if letter is None:
            raise DeadLetterNotFoundError(queue, letter_id)
        self._put(self._queue(queue), letter.event)

    def _queue(self, name: str) -> _Queue:
        return self._queues.setdefault(name, _Queue())

    def _put(self, queue: _Queue, text: str) -> None:
        queue.messages.append(_Message(text, available_at=self._clock.now()))
        self._wake()

    def _wake(self) -> None:
        # A waiting worker holds the event of before, so that it misses no change between looking and waiting.
        self._changed.set()
        self._changed = asyncio.Event()

    async def _wake_when(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self._wake()

    async def _work(self, name: str, deliver: DeliverEvent, stopping: asyncio.Event) -> None:
        queue = self._queue(name)
        worker = asyncio.current_task()
        # A handler may swallow the cancellation of its worker, which ends nevertheless.
        while not stopping.is_set() and not (worker and worker.cancelling()):
            changed = self._changed
            message = queue.take(self._clock.now())
            if message is None:
                await self._wait(queue, changed)
            else:
                await self._handle(name, message, deliver)
            # Handlers that never wait must not keep everybody else from running.
            await asyncio.sleep(0)

    async def _wait(self, queue: _Queue, changed: asyncio.Event) -> None:
        longest = self._look_every.total_seconds() if queue.messages else None
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await changed.wait()

    async def _handle(self, name: str, message: _Message, deliver: DeliverEvent) -> None:
        try:
            outcome = await deliver(message.event, failures=message.failures)
        except BaseException:
            self._queue(name).messages.append(message)
            self._wake()
            raise
        self._settle(name, message, outcome)

    def _settle(self, name: str, message: _Message, outcome: Outcome) -> None:
        queue = self._queue(name)
        now = self._clock.now()
        match outcome.disposition:
            case Done():
                pass
            case RetryAfter(delay=delay):
                queue.messages.append(_Message(message.event, now + delay, outcome.failures))
                self._wake()
            case DeadLetter(reason=reason):
                letter_id = str(next(self._letter_ids))
                queue.dead_letters[letter_id] = DeadLetterRecord(
                    id=letter_id, queue=name, event=message.event, reason=reason, died_at=now
                )
