"""How tests get at RabbitMQ: through the adapter, and around it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from typing import TypeVar

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from typing_extensions import override

from tests.contracts.event_broker import REDELIVERY
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.rabbitmq.topology_upkeep import DECLARE_EVERY
from tracklift_adapters.system.clock import SystemClock

Result = TypeVar("Result")

HEARTBEAT = timedelta(seconds=2)
SHORT_DELAY = timedelta(milliseconds=50)
SHORT_DELAYS = (SHORT_DELAY, timedelta(milliseconds=400))


@asynccontextmanager
async def open_broker(
    url: str,
    *,
    patience: timedelta = timedelta(seconds=5),
    heartbeat: timedelta = HEARTBEAT,
    declare_every: timedelta = DECLARE_EVERY,
    delays: Sequence[timedelta] = (SHORT_DELAY,),
) -> AsyncIterator[RabbitMqBroker]:
    """Have a broker as one process has it. Each of the delays has a queue, which takes RabbitMQ long to make."""
    broker = RabbitMqBroker(
        url,
        SystemClock(),
        REDELIVERY,
        delays=delays,
        heartbeat=heartbeat,
        patience=patience,
        declare_every=declare_every,
    )
    await broker.open()
    try:
        yield broker
    finally:
        await broker.close()


async def on_channel(url: str, work: Callable[[BlockingChannel], Result]) -> Result:
    """Do something to the broker over a connection that shares nothing with the adapter."""

    def connect_and_work() -> Result:
        with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            return work(channel)

    return await asyncio.to_thread(connect_and_work)


@contextmanager
def noted_messages(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Give what is said in the log of the broker and of its outages, as it comes."""
    said: list[str] = []

    class Noting(logging.Handler):
        @override
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    noting = Noting()
    loggers = [
        logging.getLogger(name) for name in ("tracklift_adapters.rabbitmq", "tracklift_runtime.outage")
    ]
    for logger in loggers:
        caplog.set_level(logging.INFO, logger.name)
        logger.addHandler(noting)
    try:
        yield said
    finally:
        for logger in loggers:
            logger.removeHandler(noting)
