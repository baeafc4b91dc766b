"""How many events a service handles, how that ends, and how long it takes."""

import asyncio
import time
from collections.abc import Callable, Sequence

from prometheus_client import Counter, Histogram
from typing_extensions import override

from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import (
    DeadLetter,
    Disposition,
    Done,
    EventHandler,
    RetryAfter,
    Subscription,
)
from tracklift_domain.messaging.ports import EventConsumer

_HANDLED = Counter(
    "tracklift_events_handled",
    "Events that were handled, a redelivered one each time. done: it left the queue. again: it is redelivered, as it"
    " was not its time or failed for a passing reason. set_aside: it is a dead letter. raised: it is redelivered after"
    " an outage or an error. broken_off: the service stops.",
    ["queue", "outcome"],
)
_SECONDS = Histogram(
    "tracklift_event_handling_seconds",
    "How long it took to handle an event that left the queue then; of the converter's, to convert a video.",
    ["queue"],
    buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200),
)


class CountedConsumer(EventConsumer):
    """Consumes through another consumer, and counts what the handlers do."""

    def __init__(self, consumer: EventConsumer, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Count seconds with `clock`."""
        self._consumer = consumer
        self._clock = clock

    @override
    async def declare(self, subscriptions: Sequence[Subscription]) -> None:
        await self._consumer.declare(subscriptions)

    @override
    async def consume(
        self, subscription: Subscription, handler: EventHandler, *, stopping: asyncio.Event
    ) -> None:
        counted = self._counted(subscription.queue, handler)
        await self._consumer.consume(subscription, counted, stopping=stopping)

    def _counted(self, queue: str, handler: EventHandler) -> EventHandler:
        async def handle(event: Event) -> Disposition:
            begun, outcome = self._clock(), "broken_off"
            try:
                disposition = await handler(event)
                outcome = _name_of(disposition)
            except Exception:
                outcome = "raised"
                raise
            finally:
                _HANDLED.labels(queue, outcome).inc()
            if outcome == "done":
                _SECONDS.labels(queue).observe(self._clock() - begun)
            return disposition

        return handle


def _name_of(disposition: Disposition) -> str:
    match disposition:
        case Done():
            return "done"
        case RetryAfter():
            return "again"
        case DeadLetter():
            return "set_aside"
