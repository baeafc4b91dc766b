"""What is deleted in the broker is declared again without a restart, and readiness names it until then."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.contracts.event_broker import CLEANER, CONVERTER, Handler, consuming, requested, until
from tests.integration.rabbitmq_access import SHORT_DELAYS, noted_messages, on_channel, open_broker
from tests.selection import thorough
from tests.servers.rabbitmq import RabbitMqEndpoint
from tests.servers.server import Server
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.rabbitmq.topology import EVENTS, REDELIVERY
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.errors import DomainError, IncompleteServiceError, ServiceUnavailableError
from tracklift_domain.messaging.errors import UnroutableEventError

pytestmark = pytest.mark.network

SOON = timedelta(seconds=1.1)
"""Between two rounds: about as short as it can be."""
NEVER = timedelta(hours=1)
"""So that only what is asked for is declared again."""


@pytest.fixture
async def publisher(rabbitmq_url: str) -> AsyncIterator[RabbitMqBroker]:
    """The broker of a process that publishes and consumes nothing."""
    async with open_broker(rabbitmq_url, declare_every=NEVER) as broker:
        yield broker


@pytest.fixture
def messages(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What is said in the log, as it comes."""
    with noted_messages(caplog) as said:
        yield said


async def publish_until_taken(broker: RabbitMqBroker, *names: str) -> None:
    """Publish events as a relay does: what is not taken is published again."""
    for name in names:

        async def is_taken(name: str = name) -> bool:
            try:
                await broker.publish(requested(name))
            except (ServiceUnavailableError, UnroutableEventError):
                return False
            return True

        await until(is_taken)


async def until_bound(url: str, *, queues: int) -> None:
    """Wait until so many queues take requests, by messages of no meaning that are taken out again."""

    def count(channel: BlockingChannel) -> int:
        with suppress(pika.exceptions.UnroutableError):
            channel.basic_publish(EVENTS, ConversionRequested.type, b"probe", mandatory=True)
        purged = [channel.queue_purge(queue).method for queue in ("converter", "cleaner")]
        return len([method for method in purged if method.message_count])

    async def are_bound() -> bool:
        return await on_channel(url, count) == queues

    await until(are_bound)


async def test_an_exchange_that_is_deleted_under_its_consumers_is_there_again_with_all_bindings(
    rabbitmq_url: str, publisher: RabbitMqBroker
) -> None:
    """The publisher makes it anew without a binding; until those are back, its events count as unroutable."""
    handler, cleaner = Handler(), Handler()

    async with (
        open_broker(rabbitmq_url, declare_every=SOON) as consumer,
        open_broker(rabbitmq_url, declare_every=SOON) as other,
    ):
        await consumer.declare([CONVERTER])
        await other.declare([CLEANER])
        async with consuming(consumer, CONVERTER, handler), consuming(other, CLEANER, cleaner):
            await publisher.publish(requested("before"))
            await asyncio.gather(handler.until(1), cleaner.until(1))
            await on_channel(rabbitmq_url, lambda channel: channel.exchange_delete(EVENTS))
            await publish_until_taken(publisher, "between")

            async def both_are_bound() -> bool:
                await publisher.publish(requested("after"))
                return "after" in handler.subjects and "after" in cleaner.subjects

            await until(both_are_bound)
            await until(lambda: "between" in [*handler.subjects, *cleaner.subjects])


async def test_a_binding_that_is_lost_while_another_queue_takes_the_same_events_is_there_again(
    rabbitmq_url: str,
) -> None:
    """No message is returned as unroutable, so only regular declarations bind it again."""
    async with open_broker(rabbitmq_url, declare_every=SOON) as consumer:
        await consumer.declare([CONVERTER, CLEANER])
        await until_bound(rabbitmq_url, queues=2)

        def unbind(channel: BlockingChannel) -> None:
            channel.queue_unbind("converter", EVENTS, ConversionRequested.type)

        await on_channel(rabbitmq_url, unbind)
        await until_bound(rabbitmq_url, queues=2)


async def test_an_unroutable_event_makes_its_own_process_bind_again_at_once(rabbitmq_url: str) -> None:
    async with open_broker(rabbitmq_url, declare_every=NEVER) as broker:
        await broker.declare([CONVERTER])
        await on_channel(rabbitmq_url, lambda channel: channel.exchange_delete(EVENTS))

        await publish_until_taken(broker, "a")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("exchange", "tracklift.delay.0.05s"),
        ("queue", "converter.dead"),
        *thorough(
            [
                ("exchange", EVENTS),
                ("exchange", REDELIVERY),
                ("queue", "converter"),
                ("queue", "tracklift.delay.0.4s"),
            ]
        ),
    ],
)
async def test_readiness_names_what_is_missing_until_it_is_there_again(
    rabbitmq_url: str, kind: str, name: str, messages: list[str]
) -> None:
    async with open_broker(rabbitmq_url, declare_every=NEVER, delays=SHORT_DELAYS) as broker:
        await broker.declare([CONVERTER])
        await broker.check()

        def delete(channel: BlockingChannel) -> None:
            (channel.exchange_delete if kind == "exchange" else channel.queue_delete)(name)

        await on_channel(rabbitmq_url, delete)
        lacking: tuple[str, ...] = ()

        async def is_named() -> bool:
            nonlocal lacking
            try:
                await broker.check()
            except IncompleteServiceError as error:
                lacking = error.lacking
            return bool(lacking)

        await until(is_named)
        assert lacking == (f"{kind} {name}",)
        await until_whole(broker)

    assert messages == [f"RabbitMQ lacked {kind} {name}. It is declared again."]


async def until_whole(broker: RabbitMqBroker) -> None:
    """Wait until a broker finds nothing wrong."""

    async def is_whole() -> bool:
        try:
            await broker.check()
        except DomainError:
            return False
        return True

    await until(is_whole)


async def test_readiness_of_a_publisher_names_the_binding_that_its_events_lack(
    rabbitmq_url: str, publisher: RabbitMqBroker
) -> None:
    with pytest.raises(UnroutableEventError):
        await publisher.publish(requested("a"))

    with pytest.raises(
        IncompleteServiceError, match=r"a binding of exchange tracklift\.events for tracklift\.conversion"
    ):
        await publisher.check()

    async with open_broker(rabbitmq_url) as consumer:
        await consumer.declare([CONVERTER])
        await publisher.publish(requested("a"))
        await publisher.check()


async def test_a_queue_of_other_making_is_named_and_said_once(rabbitmq_url: str, messages: list[str]) -> None:
    """The rest is declared nevertheless, and once it is deleted the right one takes its place."""
    await on_channel(rabbitmq_url, lambda channel: channel.queue_declare("converter.dead", durable=True))

    async with open_broker(rabbitmq_url, declare_every=SOON) as broker:
        with pytest.raises(ServiceUnavailableError, match="PRECONDITION_FAILED"):
            await broker.declare([CONVERTER])
        await publish_until_taken(broker, "a")
        with pytest.raises(IncompleteServiceError, match=r"a usable queue converter\.dead"):
            await broker.check()
        # Some rounds later, it has still been said once.
        for number in range(2):
            await on_channel(rabbitmq_url, lambda channel: channel.exchange_delete(EVENTS))
            await publish_until_taken(broker, f"b{number}")
        refusals = [said for said in messages if "PRECONDITION_FAILED" in said]
        await on_channel(rabbitmq_url, lambda channel: channel.queue_delete("converter.dead"))
        await until_whole(broker)
        await until(lambda: "RabbitMQ accepts all declarations again." in messages)

    assert len(refusals) == 1
    assert "converter.dead" in refusals[0]


async def test_a_virtual_host_that_is_made_anew_is_filled_again(
    rabbitmq_server: Server[RabbitMqEndpoint], rabbitmq_url: str, publisher: RabbitMqBroker
) -> None:
    """As after the loss of its disk: queues, exchanges and bindings are those of before."""
    host, handler = rabbitmq_url.rpartition("/")[2], Handler()

    async with open_broker(rabbitmq_url, declare_every=SOON) as consumer:
        await consumer.declare([CONVERTER])
        async with consuming(consumer, CONVERTER, handler):
            await publisher.publish(requested("before"))
            await handler.until(1)
            await asyncio.to_thread(rabbitmq_server.endpoint.drop, host)
            await asyncio.to_thread(rabbitmq_server.endpoint.create, host)
            await publish_until_taken(publisher, "after")
            await until(lambda: "after" in handler.subjects)
        await until_whole(consumer)


async def test_a_broker_that_is_closed_and_opened_again_declares_again_what_is_deleted(
    rabbitmq_url: str,
) -> None:
    async with open_broker(rabbitmq_url, declare_every=SOON) as broker:
        await broker.declare([CONVERTER])
        await broker.close()
        await broker.open()
        await on_channel(rabbitmq_url, lambda channel: channel.exchange_delete(EVENTS))

        await publish_until_taken(broker, "a")
        await until_whole(broker)
