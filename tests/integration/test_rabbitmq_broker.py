"""The contract of event brokers on a real RabbitMQ."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from typing_extensions import override

from tests.contracts.event_broker import NOW, REDELIVERY, BrokerUnderTest, EventBrokerContract
from tests.selection import thorough_but
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.rabbitmq.topology import REDELIVERY as REDELIVERY_EXCHANGE
from tracklift_adapters.rabbitmq.topology import delay_queue
from tracklift_domain.messaging.delivery import Subscription

pytestmark = pytest.mark.network

Result = TypeVar("Result")
STEP = timedelta(milliseconds=20)


class RabbitMqBrokerUnderTest(BrokerUnderTest):
    """Two brokers of a virtual host, as two processes have them.

    What waits comes back every few milliseconds and is sent to wait again until its time has come by the test's clock.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = ManualClock(NOW)
        self.broker = self.publisher = self.consumer = self.dead_letters = self.queues = self._new_broker()
        self.other_broker = self.other_consumer = self._new_broker()

    def _new_broker(self) -> RabbitMqBroker:
        return RabbitMqBroker(self.url, self.clock, REDELIVERY, delays=[STEP])

    @override
    def now(self) -> datetime:
        return self.clock.now()

    @override
    async def pass_time(self, span: timedelta) -> None:
        self.clock.advance(span)
        # What waits leaves its queue in order: whatever was sent to wait before this has then been looked at.
        await self.raw(_wait_a_step)

    @override
    async def put(self, queue: str, text: str) -> None:
        await self.raw(lambda channel: channel.basic_publish("", queue, text.encode(), mandatory=True))

    @override
    async def die_at_work(self, subscription: Subscription) -> None:
        def take_and_die(channel: BlockingChannel) -> None:
            method, _, _ = channel.basic_get(subscription.queue)
            assert method is not None

        await self.raw(take_and_die)

    async def raw(self, work: Callable[[BlockingChannel], Result]) -> Result:
        """Do something to the broker over a connection that shares nothing with the adapter."""

        def connect_and_work() -> Result:
            with closing(pika.BlockingConnection(pika.URLParameters(self.url))) as connection:
                channel = connection.channel()
                channel.confirm_delivery()
                return work(channel)

        return await asyncio.to_thread(connect_and_work)


def _wait_a_step(channel: BlockingChannel) -> None:
    try:
        channel.exchange_declare(delay_queue(STEP), passive=True)
    except pika.exceptions.ChannelClosedByBroker:
        return
    probe = channel.queue_declare("", exclusive=True).method.queue
    assert probe is not None
    channel.queue_bind(probe, REDELIVERY_EXCHANGE, routing_key=probe)
    channel.basic_publish(delay_queue(STEP), probe, b"", mandatory=True)
    for _ in channel.consume(probe, auto_ack=True):
        break
    channel.cancel()


# Each run shows the others with brokers of another making. They are about the common code that handles events, or the
# tests of failures, queues and upkeep show them of this one.
@thorough_but(
    "test_each_queue_gets_the_types_it_takes_and_no_others",
    "test_an_event_arrives_as_it_was_published",
    "test_events_published_at_the_same_time_all_arrive",
    "test_what_a_consumer_could_take_now_is_counted",
    "test_an_event_to_be_retried_is_redelivered_not_before_its_delay_is_over",
    "test_a_redriven_event_is_delivered_again_by_its_own_queue_only",
    "test_a_dead_letter_that_is_not_there_is_neither_given_nor_redriven",
    "test_an_event_that_is_not_readable_is_dead_lettered_and_blocks_nothing",
    "test_an_older_consumer_leaves_what_it_does_not_take_for_a_newer_one",
    "test_an_event_whose_handler_raises_is_redelivered_with_a_growing_delay",
    "test_as_many_events_are_at_work_at_once_as_allowed_and_no_more",
    "test_two_consumers_share_the_work_and_no_event_comes_twice",
    "test_stopping_takes_nothing_new_and_finishes_what_is_at_work",
    "test_cancelling_cancels_the_handlers_and_their_events_are_redelivered",
    "test_an_event_whose_consumer_died_is_redelivered",
)
class TestRabbitMqBroker(EventBrokerContract):
    @pytest.fixture(autouse=True)
    def _url(self, rabbitmq_url: str) -> None:
        self.url = rabbitmq_url

    @override
    @asynccontextmanager
    async def new_broker(self, folder: Path) -> AsyncIterator[RabbitMqBrokerUnderTest]:
        broker = RabbitMqBrokerUnderTest(self.url)
        await broker.broker.open()
        await broker.other_broker.open()
        yield broker
        await broker.broker.close()
        await broker.other_broker.close()
