import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from typing_extensions import override

from tests.contracts.event_broker import NOW, REDELIVERY, BrokerUnderTest, EventBrokerContract, Workshop
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.event_broker import InMemoryEventBroker
from tracklift_domain.messaging.delivery import Subscription


class InMemoryBrokerUnderTest(BrokerUnderTest):
    """Consumers share the broker, as nothing but its process holds it."""

    def __init__(self) -> None:
        self._clock = ManualClock(NOW)
        self._broker = InMemoryEventBroker(self._clock, REDELIVERY, look_every=timedelta(milliseconds=2))
        self.publisher = self.consumer = self.other_consumer = self.dead_letters = self.queues = self._broker

    @override
    def now(self) -> datetime:
        return self._clock.now()

    @override
    async def pass_time(self, span: timedelta) -> None:
        self._clock.advance(span)

    @override
    async def put(self, queue: str, text: str) -> None:
        self._broker._put(self._broker._queues[queue], text)

    @override
    async def die_at_work(self, subscription: Subscription) -> None:
        workshop = Workshop()
        call = asyncio.create_task(self._broker.consume(subscription, workshop, stopping=asyncio.Event()))
        await workshop.until_started(1)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)


class TestInMemoryEventBroker(EventBrokerContract):
    @override
    @asynccontextmanager
    async def new_broker(self, folder: Path) -> AsyncIterator[BrokerUnderTest]:
        yield InMemoryBrokerUnderTest()
