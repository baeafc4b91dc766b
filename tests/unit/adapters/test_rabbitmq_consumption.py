import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from pika import BasicProperties
from typing_extensions import override

from tests.contracts.event_broker import CONVERTER, NOW, PATIENCE, REDELIVERY, Handler, requested
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.rabbitmq.channel import Message
from tracklift_adapters.rabbitmq.consumption import Consumption
from tracklift_adapters.rabbitmq.deliveries import Deliveries
from tracklift_adapters.rabbitmq.loop_thread import LoopThread
from tracklift_adapters.rabbitmq.settling import Settling
from tracklift_runtime.cloud_events import encode_event
from tracklift_runtime.deliver_event import DeliverEvent

A_MESSAGE = Message(1, BasicProperties(), encode_event(requested("a")).encode())


class SameThread(LoopThread):
    """Runs everything where it is asked for."""

    @override
    async def run(self, work: Callable[..., Coroutine[Any, Any, Any]], *arguments: object) -> Any:
        return await work(*arguments)


class OneMessage(Deliveries):
    """Gives one message, and has the consumer stopped when it does."""

    def __init__(self, stop: Callable[[], object]) -> None:
        self._stop = stop
        self.closed = 0

    @override
    async def open(self) -> None:
        pass

    @override
    async def next(self) -> Message:
        self._stop()
        return A_MESSAGE

    @override
    async def close(self) -> None:
        self.closed += 1


async def test_a_message_that_comes_with_the_signal_to_stop_is_given_back_unhandled() -> None:
    stopping, handler = asyncio.Event(), Handler()
    deliveries = OneMessage(stopping.set)
    broker = RabbitMqBroker("amqp://localhost", ManualClock(NOW), REDELIVERY)

    async with asyncio.timeout(PATIENCE):
        await Consumption(
            "converter",
            DeliverEvent(CONVERTER, handler, REDELIVERY),
            thread=SameThread("none"),
            new_deliveries=lambda: deliveries,
            settling=Settling("converter", broker._publishing, broker._clock, broker._delays),
            stopping=stopping,
        ).run(1)

    assert handler.events == []
    assert deliveries.closed == 1
