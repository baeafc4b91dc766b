"""The contract of feeds of updates on a real RabbitMQ, and what only two processes can show."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from typing_extensions import override

from tests.contracts.event_broker import until
from tests.contracts.examples import ADA, BOB, conversion_id
from tests.contracts.update_feed import PATIENCE, UpdateFeedContract, an_update, take
from tests.integration.amqp_proxy import AmqpProxy
from tests.integration.rabbitmq_access import HEARTBEAT, on_channel
from tests.servers.rabbitmq import RabbitMqEndpoint
from tests.servers.server import Server
from tracklift_adapters.rabbitmq.topology import UPDATES
from tracklift_adapters.rabbitmq.update_feed import RabbitMqUpdateFeed
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.errors import IncompleteServiceError
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import SessionId

pytestmark = pytest.mark.network


@asynccontextmanager
async def open_feed(url: str, *, listens: bool = True) -> AsyncIterator[RabbitMqUpdateFeed]:
    """Have a feed as one process has it."""
    feed = RabbitMqUpdateFeed(
        url,
        listens=listens,
        heartbeat=HEARTBEAT,
        patience=timedelta(seconds=5),
        declare_every=timedelta(seconds=0.5),
    )
    await feed.open()
    try:
        yield feed
    finally:
        await feed.close()
        await feed.close()


@pytest.fixture
async def gateway(rabbitmq_url: str) -> AsyncIterator[RabbitMqUpdateFeed]:
    """The feed of a process in which users watch."""
    async with open_feed(rabbitmq_url) as feed:
        yield feed


@pytest.fixture
async def converter(rabbitmq_url: str) -> AsyncIterator[RabbitMqUpdateFeed]:
    """The feed of a process that works."""
    async with open_feed(rabbitmq_url, listens=False) as feed:
        yield feed


async def until_connected(sender: RabbitMqUpdateFeed, listener: RabbitMqUpdateFeed) -> None:
    """Wait until updates get from one to the other; nobody may have lost one of another conversion."""
    probe = 0xFFFF

    async def arrived() -> bool:
        await sender.publish(an_update(probe, owner_id=BOB, fraction=0.5))
        return listener.latest_progress(conversion_id(probe)) is not None

    await until(arrived)
    await sender.publish(an_update(probe, owner_id=BOB, state=ConversionState.COMPLETED))
    await until(lambda: listener.latest_progress(conversion_id(probe)) is None)


class TestRabbitMqUpdateFeed(UpdateFeedContract):
    @pytest.fixture
    @override
    def feed(self, gateway: RabbitMqUpdateFeed) -> RabbitMqUpdateFeed:
        return gateway


async def test_who_watches_elsewhere_gets_updates_whole_and_in_order(
    gateway: RabbitMqUpdateFeed, converter: RabbitMqUpdateFeed
) -> None:
    sent = [an_update(number, fraction=number / 10) for number in range(5)]
    sent += [an_update(1, state=state) for state in ConversionState]
    sent.append(
        ConversionUpdate(
            conversion_id=conversion_id(1),
            owner_id=ADA,
            state=ConversionState.CONVERTING,
            progress=Progress(0.1 + 0.2, None),
        )
    )
    await until_connected(converter, gateway)

    async with gateway.subscribe(ADA) as updates, gateway.subscribe(BOB) as bobs:
        for update in sent:
            await converter.publish(update)
        await converter.publish(an_update(9, owner_id=BOB))

        assert await take(updates, len(sent)) == sent
        assert await take(bobs, 1) == [an_update(9, owner_id=BOB)]
    assert gateway.latest_progress(conversion_id(1)) == Progress(0.1 + 0.2, None)


async def test_watching_ends_at_every_process_for_a_session_or_for_all_of_an_owner(
    gateway: RabbitMqUpdateFeed, rabbitmq_url: str
) -> None:
    """The news reaches one process; streams are open at each."""
    first, second = SessionId("1"), SessionId("2")
    async with open_feed(rabbitmq_url) as other:
        await until_connected(gateway, other)
        async with (
            other.subscribe(ADA, first) as ended,
            other.subscribe(ADA, second) as goes_on,
            other.subscribe(BOB) as bobs,
        ):
            await gateway.end(ADA, first)
            async with asyncio.timeout(PATIENCE):
                assert [update async for update in ended] == []

            await gateway.publish(an_update())
            assert await take(goes_on, 1) == [an_update()]

            await gateway.end(ADA)
            async with asyncio.timeout(PATIENCE):
                assert [update async for update in goes_on] == []
            await gateway.publish(an_update(owner_id=BOB))
            assert await take(bobs, 1) == [an_update(owner_id=BOB)]


async def test_who_publishes_and_watches_gets_each_update_once(
    gateway: RabbitMqUpdateFeed, rabbitmq_url: str
) -> None:
    async with open_feed(rabbitmq_url) as other, gateway.subscribe(ADA) as updates:
        await until_connected(gateway, other)
        await until_connected(other, gateway)
        await gateway.publish(an_update(1))
        await until_connected(gateway, other)
        await other.publish(an_update(2))

        assert await take(updates, 2) == [an_update(1), an_update(2)]


async def test_who_does_not_listen_has_no_queue(
    rabbitmq_server: Server[RabbitMqEndpoint], rabbitmq_url: str
) -> None:
    host = rabbitmq_url.rpartition("/")[2]

    async with open_feed(rabbitmq_url, listens=False) as converter, open_feed(rabbitmq_url) as gateway:
        await until_connected(converter, gateway)
        queues = rabbitmq_server.endpoint.ask("GET", f"/api/queues/{host}")
        assert len(queues) == 1

    assert rabbitmq_server.endpoint.ask("GET", f"/api/queues/{host}") == []


@pytest.mark.one_in(5)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"conversion_id": "1", "owner_id": "2", "state": "dreaming", "progress": null}',
        b'{"conversion_id": "1", "owner_id": "2", "state": "converting", "progress": {"fraction": "half"}}',
        b'{"conversion_id": "1", "owner_id": "2", "state": "converting", "progress": {"remaining": 1}}',
        b'{"conversion_id": "1", "owner_id": "2", "state": "converting", "progress": 1}',
        b"[" * 100_000,
    ],
)
async def test_what_can_not_be_read_is_ignored(
    gateway: RabbitMqUpdateFeed, converter: RabbitMqUpdateFeed, rabbitmq_url: str, body: bytes
) -> None:
    await until_connected(converter, gateway)

    async with gateway.subscribe(ADA) as updates:
        await on_channel(rabbitmq_url, lambda channel: channel.basic_publish(UPDATES, "", body))
        await converter.publish(an_update(1))

        assert await take(updates, 1) == [an_update(1)]


async def test_while_the_broker_is_down_publishing_goes_unheard_elsewhere_and_never_fails(
    rabbitmq_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    proxy = AmqpProxy(rabbitmq_url)

    with caplog.at_level(logging.INFO, "tracklift_runtime.outage"):
        async with open_feed(proxy.url) as feed, feed.subscribe(ADA) as updates:
            await until(lambda: len(caplog.records) == 1)
            for number in range(100):
                await feed.publish(an_update(number))

            assert await take(updates, 100) == [an_update(number) for number in range(100)]

    assert len(caplog.records) == 1
    assert "Updates don't reach other processes" in caplog.records[0].getMessage()


async def test_after_an_outage_updates_arrive_again(
    rabbitmq_url: str, converter: RabbitMqUpdateFeed, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "tracklift_runtime.outage"):
        async with (
            AmqpProxy(rabbitmq_url) as proxy,
            open_feed(proxy.url) as gateway,
            gateway.subscribe(ADA) as updates,
        ):
            await until_connected(converter, gateway)
            await proxy.cut()
            await until(lambda: len(caplog.records) == 2)
            await until_connected(converter, gateway)
            await converter.publish(an_update(1))

            assert await take(updates, 1) == [an_update(1)]

    assert "Updates reach other processes again" in caplog.records[1].getMessage()


async def test_a_connection_that_went_silent_is_replaced(
    rabbitmq_url: str, converter: RabbitMqUpdateFeed
) -> None:
    async with AmqpProxy(rabbitmq_url) as proxy, open_feed(proxy.url) as gateway:
        await until_connected(converter, gateway)
        proxy.go_silent()
        await until_connected(converter, gateway)


async def test_a_broker_short_of_room_is_sent_no_updates(rabbitmq_url: str) -> None:
    """They would pile up here: it does not read them."""
    async with (
        AmqpProxy(rabbitmq_url) as proxy,
        open_feed(proxy.url, listens=False) as converter,
        open_feed(rabbitmq_url) as gateway,
    ):
        await until_connected(converter, gateway)
        proxy.say_blocked("low on disk")
        await until(lambda: converter._exchange._connection.blocked is not None)
        await converter.publish(an_update(1, fraction=0.5))
        # Done in the same thread as the sending, and so behind it.
        await converter.check()
        proxy.say_unblocked()
        await until_connected(converter, gateway)

        assert gateway.latest_progress(conversion_id(1)) is None


async def test_all_updates_end_when_they_are_told_to(gateway: RabbitMqUpdateFeed) -> None:
    async with asyncio.timeout(PATIENCE), gateway.subscribe(ADA) as updates:
        waiting = asyncio.ensure_future(anext(updates, None))
        await asyncio.sleep(0)

        gateway.end_updates()
        gateway.end_updates()

        assert await waiting is None


async def test_a_feed_that_was_closed_or_never_opened_tells_only_its_own_process(rabbitmq_url: str) -> None:
    feed = RabbitMqUpdateFeed(rabbitmq_url)
    async with feed.subscribe(ADA) as updates:
        await feed.publish(an_update(1))
        assert await take(updates, 1) == [an_update(1)]

    await feed.close()
    await feed.publish(an_update(2))

    assert not [thread for thread in threading.enumerate() if "rabbitmq" in thread.name]


async def test_an_exchange_that_is_deleted_is_made_again_and_bound_again(
    gateway: RabbitMqUpdateFeed, converter: RabbitMqUpdateFeed, rabbitmq_url: str
) -> None:
    """The sender notices and declares it; the listener, whose queue is unbound, gets no notice."""
    await until_connected(converter, gateway)

    await on_channel(rabbitmq_url, lambda channel: channel.exchange_delete(UPDATES))

    await until_connected(converter, gateway)
    await gateway.check()


async def test_a_feed_that_gets_nowhere_says_so(rabbitmq_url: str) -> None:
    def take_the_name(channel: BlockingChannel) -> None:
        channel.exchange_declare(UPDATES, "topic", durable=True)

    await on_channel(rabbitmq_url, take_the_name)

    async with open_feed(rabbitmq_url) as feed:
        with pytest.raises(IncompleteServiceError, match=r"a usable exchange tracklift\.updates"):
            await feed.check()
