"""What RabbitMQ and the network between can do to the broker, and that nothing is lost by it."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.contracts.event_broker import (
    CONVERTER,
    NOW,
    PATIENCE,
    REDELIVERY,
    Handler,
    Workshop,
    consuming,
    requested,
    until,
)
from tests.integration.amqp_proxy import AmqpProxy
from tests.integration.rabbitmq_access import (
    HEARTBEAT,
    SHORT_DELAYS,
    noted_messages,
    on_channel,
    open_broker,
)
from tests.selection import thorough
from tests.servers.certificate import Certificate
from tests.servers.ports import free_port
from tests.servers.rabbitmq import RabbitMqEndpoint
from tests.servers.server import Server
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.user.events import UserDeleted

pytestmark = pytest.mark.network

NOTICED_WITHIN = 2 * HEARTBEAT.total_seconds()
"""Seconds after which a connection on which nothing comes is given up."""


@pytest.fixture
async def proxy(rabbitmq_url: str) -> AsyncIterator[AmqpProxy]:
    """A way to the broker that lets everything through at first."""
    async with AmqpProxy(rabbitmq_url) as proxy:
        yield proxy


@pytest.fixture
def messages(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What is said in the log, as it comes."""
    with noted_messages(caplog) as said:
        yield said


async def published(broker: RabbitMqBroker, *names: str) -> None:
    """Publish events, each until the broker takes it."""
    for name in names:
        while True:
            try:
                await broker.publish(requested(name))
            except ServiceUnavailableError:
                await asyncio.sleep(0.01)
            else:
                break


async def until_blocked(broker: RabbitMqBroker) -> None:
    """Wait until a broker has heard that no messages are taken."""
    nobody_takes_it = UserDeleted(id=EventId("ada.1"), time=NOW, user_id=UserId("ada"))

    async def is_blocked() -> bool:
        try:
            await broker.publish(nobody_takes_it)
        except UnroutableEventError:
            return False
        except ServiceUnavailableError:
            return True
        raise AssertionError("somebody takes it")

    await until(is_blocked)


async def test_while_the_broker_can_not_be_reached_publishing_fails_at_once(rabbitmq_url: str) -> None:
    proxy = AmqpProxy(rabbitmq_url)

    async with open_broker(proxy.url, patience=timedelta(minutes=1)) as broker, asyncio.timeout(PATIENCE):
        with pytest.raises(ServiceUnavailableError) as caught:
            await broker.publish(requested("a"))
        with pytest.raises(ServiceUnavailableError):
            await broker.declare([CONVERTER])
        with pytest.raises(ServiceUnavailableError):
            await broker.list("converter", limit=1)

    assert caught.value.service == "RabbitMQ"
    assert "refused" in caught.value.reason


async def test_whether_the_broker_can_be_reached_may_be_asked(rabbitmq_url: str) -> None:
    proxy = AmqpProxy(rabbitmq_url)

    async with open_broker(proxy.url) as broker:
        with pytest.raises(ServiceUnavailableError, match="refused"):
            await broker.check()
        await proxy.open()
        await until(partial(is_reached, broker))
        await proxy.close()
        await until(partial(is_lost, broker))
    with pytest.raises(ServiceUnavailableError, match="not open"):
        await broker.check()


async def is_reached(broker: RabbitMqBroker) -> bool:
    """Tell what the broker says of its connection."""
    try:
        await broker.check()
    except ServiceUnavailableError:
        return False
    return True


async def is_lost(broker: RabbitMqBroker) -> bool:
    """Tell the opposite."""
    return not await is_reached(broker)


async def test_a_server_that_accepts_connections_and_says_nothing_is_given_up() -> None:
    accepted: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: accepted.append(writer), "127.0.0.1")
    url = f"amqp://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    async with asyncio.timeout(PATIENCE):
        async with open_broker(url, patience=timedelta(seconds=0.3)) as broker:
            with pytest.raises(ServiceUnavailableError):
                await broker.publish(requested("a"))
            await until(lambda: len(accepted) > 1)
        # Without waiting for the end of a try that goes on.
        async with open_broker(url, patience=timedelta(minutes=1)) as broker:
            publishing = asyncio.create_task(broker.publish(requested("a")))
            consuming_task = asyncio.create_task(
                broker.consume(CONVERTER, Handler(), stopping=asyncio.Event())
            )
            before = len(accepted)
            await until(lambda: len(accepted) > before)
        with pytest.raises(ServiceUnavailableError, match=r"not open|closed"):
            await publishing
        consuming_task.cancel()
        await asyncio.gather(consuming_task, return_exceptions=True)
    server.close()
    for writer in accepted:
        writer.transport.abort()


async def test_closing_and_opening_again_works(rabbitmq_url: str) -> None:
    broker = RabbitMqBroker(rabbitmq_url, SystemClock(), REDELIVERY)
    for _ in range(2):
        await broker.open()
        await broker.open()
        await published_after_declaring(broker)
        handler = Handler()
        async with consuming(broker, CONVERTER, handler):
            await handler.until(1)
        await broker.close()
        await broker.close()

    assert not [thread for thread in threading.enumerate() if "rabbitmq" in thread.name]


async def test_a_consumer_waits_for_a_broker_that_is_down_and_says_so_once(
    rabbitmq_url: str, messages: list[str]
) -> None:
    proxy = AmqpProxy(rabbitmq_url)
    handler = Handler()

    async with open_broker(proxy.url) as broker, consuming(broker, CONVERTER, handler):
        await until(lambda: len(messages) == 1)
        await proxy.open()
        await until(lambda: len(messages) == 2)
        await until_consumed_by(rabbitmq_url, "converter", 1)
        await published(broker, "a")
        await handler.until(1)
    await proxy.close()

    assert "can't be reached" in messages[0]
    assert "refused" in messages[0]
    assert "is reached again" in messages[1]
    assert len(messages) == 2


async def test_a_consumer_stops_while_the_broker_is_down(rabbitmq_url: str) -> None:
    async with (
        open_broker(AmqpProxy(rabbitmq_url).url) as broker,
        asyncio.timeout(PATIENCE),
        consuming(broker, CONVERTER, Handler()),
    ):
        await asyncio.sleep(0)


async def test_a_consumer_may_begin_before_the_broker_is_opened(rabbitmq_url: str) -> None:
    broker, handler = RabbitMqBroker(rabbitmq_url, SystemClock(), REDELIVERY), Handler()

    async with consuming(broker, CONVERTER, handler):
        await asyncio.sleep(0)
        await broker.open()
        await broker.declare([CONVERTER])
        await broker.publish(requested("a"))
        await handler.until(1)
    await broker.close()


async def test_the_next_server_of_the_list_is_tried(rabbitmq_url: str) -> None:
    nobody = f"amqp://127.0.0.1:{free_port()}/"

    async with open_broker(f"{nobody} {rabbitmq_url}") as broker:
        await published_after_declaring(broker)


async def test_the_way_to_the_broker_may_be_encrypted(
    rabbitmq_url: str, smtp_certificate: Certificate, messages: list[str]
) -> None:
    async with AmqpProxy(rabbitmq_url, tls=smtp_certificate.server_context()) as proxy:
        trusting = f"{proxy.url}?ssl_options={{'cafile': '{smtp_certificate.certificate_file}'}}"
        async with open_broker(trusting.replace(" ", "")) as broker:
            await published_after_declaring(broker)
        async with open_broker(proxy.url) as broker:
            with pytest.raises(ServiceUnavailableError, match="CERTIFICATE_VERIFY_FAILED"):
                await broker.publish(requested("a"))


async def published_after_declaring(broker: RabbitMqBroker) -> None:
    """Publish an event once a connection is there."""

    async def is_declared() -> bool:
        try:
            await broker.declare([CONVERTER])
        except ServiceUnavailableError:
            return False
        return True

    await until(is_declared)
    await broker.publish(requested("a"))


async def until_consumed_by(url: str, queue: str, consumers: int) -> None:
    """Wait until a queue has so many consumers."""

    def count(channel: BlockingChannel) -> int:
        return int(channel.queue_declare(queue, passive=True).method.consumer_count)

    async def are_there() -> bool:
        try:
            return await on_channel(url, count) == consumers
        except pika.exceptions.ChannelClosedByBroker:
            return False

    await until(are_there)


async def test_after_a_cut_unfinished_work_is_redelivered_and_old_answers_do_nothing(
    proxy: AmqpProxy, messages: list[str]
) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    begun: list[asyncio.Event] = [first, second]
    goes_on = asyncio.Event()

    async def handler(_: Event) -> Disposition:
        begun.pop(0).set()
        await goes_on.wait()
        return DeadLetter("no attempt is left")

    async with open_broker(proxy.url) as broker, asyncio.timeout(PATIENCE):
        await broker.declare([CONVERTER])
        await broker.publish(requested("a"))
        async with consuming(broker, CONVERTER, handler):
            await first.wait()
            await proxy.cut()
            goes_on.set()
            await second.wait()
        letters = await broker.list("converter", limit=10)

    assert len(letters) == 1
    said = ("can't be reached", "is reached again", "It is redelivered")
    assert [sum(text in message for message in messages) for text in said] == [1, 1, 1]
    assert len(messages) == len(said)


async def test_a_worker_that_is_busy_since_before_an_outage_takes_nothing_new(
    proxy: AmqpProxy, rabbitmq_url: str
) -> None:
    workshop, handler = Workshop(), Handler()

    async with open_broker(proxy.url) as broker, open_broker(rabbitmq_url) as other:
        await other.declare([CONVERTER])
        await other.publish(requested("a"))
        async with consuming(broker, CONVERTER, workshop):
            await workshop.until_started(1)
            await proxy.cut()
            async with consuming(other, CONVERTER, handler):
                await published(broker, "b", "c")
                await handler.until(3)
            workshop.may_finish.set()

    assert workshop.started == ["a"]
    assert sorted(handler.subjects) == ["a", "b", "c"]


async def test_a_connection_that_went_silent_is_noticed_and_replaced(
    proxy: AmqpProxy, rabbitmq_url: str, messages: list[str]
) -> None:
    handler = Handler()

    async with (
        open_broker(proxy.url) as broker,
        open_broker(rabbitmq_url) as other,
        consuming(broker, CONVERTER, handler),
    ):
        await until_consumed_by(rabbitmq_url, "converter", 1)
        proxy.go_silent()
        await other.publish(requested("a"))
        await handler.until(1)
        await published(broker, "b")
        await handler.until(2)

    # Said once, unless the machine is so loaded that it is silent again.
    (lost, back) = messages[:2]
    assert "can't be reached: nothing came" in lost
    assert "is reached again" in back


async def test_publishing_over_a_connection_that_went_silent_fails_in_time(proxy: AmqpProxy) -> None:
    async with open_broker(proxy.url, patience=timedelta(seconds=0.5)) as broker:
        await published_after_declaring(broker)
        proxy.go_silent()

        # By its own patience: the heartbeat would name another reason.
        with pytest.raises(ServiceUnavailableError, match="no confirmation"):
            await broker.publish(requested("a"))


async def test_closing_does_not_wait_for_a_connection_that_went_silent(proxy: AmqpProxy) -> None:
    broker, workshop = RabbitMqBroker(proxy.url, SystemClock(), REDELIVERY), Workshop()
    await broker.open()
    await broker.declare([CONVERTER])
    await broker.publish(requested("a"))
    call = asyncio.create_task(broker.consume(CONVERTER, workshop, stopping=asyncio.Event()))
    await workshop.until_started(1)
    proxy.go_silent()

    async with asyncio.timeout(10):
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await broker.close()

    assert not [thread for thread in threading.enumerate() if "rabbitmq" in thread.name]


async def test_a_broker_short_of_room_fails_publishing_at_once_but_not_acknowledging(
    proxy: AmqpProxy,
) -> None:
    handler = Handler()

    async with open_broker(proxy.url, patience=timedelta(minutes=1)) as broker, asyncio.timeout(PATIENCE):
        await published_after_declaring(broker)
        proxy.say_blocked("low on disk")
        await until_blocked(broker)
        with pytest.raises(ServiceUnavailableError, match="it takes no messages: low on disk"):
            await broker.publish(requested("b"))
        async with consuming(broker, CONVERTER, handler):
            await handler.until(1)
        proxy.say_unblocked()
        await published(broker, "c")


async def test_a_queue_that_is_deleted_under_its_consumer_is_made_again(
    rabbitmq_url: str, messages: list[str]
) -> None:
    handler = Handler()

    async with open_broker(rabbitmq_url) as broker, consuming(broker, CONVERTER, handler):
        await until_consumed_by(rabbitmq_url, "converter", 1)
        await on_channel(rabbitmq_url, lambda channel: channel.queue_delete("converter"))
        await until_consumed_by(rabbitmq_url, "converter", 1)
        await broker.publish(requested("a"))
        await handler.until(1)

    assert "Queue converter can't be read" in messages[0]
    assert "taken the queue away" in messages[0]
    assert messages[1:] == ["Queue converter is read again."]


async def test_a_queue_of_other_making_is_reported_once_and_used_when_it_is_gone(
    rabbitmq_url: str, messages: list[str]
) -> None:
    handler = Handler()
    await on_channel(rabbitmq_url, lambda channel: channel.queue_declare("converter", durable=True))

    async with open_broker(rabbitmq_url) as broker:
        with pytest.raises(ServiceUnavailableError, match="PRECONDITION_FAILED"):
            await broker.declare([CONVERTER])
        async with consuming(broker, CONVERTER, handler):
            await until(lambda: bool(messages))
            await on_channel(rabbitmq_url, lambda channel: channel.queue_delete("converter"))
            await until(lambda: len(messages) == 2)
            await broker.publish(requested("a"))
            await handler.until(1)

    assert "PRECONDITION_FAILED" in messages[0]
    # Either the consumer or the upkeep, which then says so, comes first to declare the deleted queue.
    assert [message for message in messages[1:] if "It is declared again" not in message] == [
        "Queue converter is read again."
    ]


@pytest.mark.parametrize("queue", ["tracklift.delay.0.05s", *thorough(["converter.dead"])])
async def test_a_queue_that_is_deleted_before_an_event_is_moved_there_is_made_again(
    rabbitmq_url: str, queue: str, messages: list[str]
) -> None:
    dead = DeadLetter("no attempt is left")
    answers: list[Disposition] = (
        [dead] if "dead" in queue else [RetryAfter(timedelta(milliseconds=50), ""), dead]
    )

    async def handler(_: Event) -> Disposition:
        await on_channel(rabbitmq_url, lambda channel: channel.queue_delete(queue))
        return answers.pop(0)

    async with open_broker(rabbitmq_url) as broker:
        await broker.declare([CONVERTER])
        await broker.publish(requested("a"))
        async with consuming(broker, CONVERTER, handler):
            await until(lambda: not answers)
        letters = await broker.list("converter", limit=10)

    assert len(letters) == 1
    assert messages == []


async def test_finished_work_is_held_until_the_broker_takes_note_of_it(
    proxy: AmqpProxy, messages: list[str]
) -> None:
    begun, may_finish, handled = asyncio.Event(), asyncio.Event(), 0

    async def handler(_: Event) -> Disposition:
        nonlocal handled
        handled += 1
        begun.set()
        await may_finish.wait()
        return DeadLetter("no attempt is left")

    async with open_broker(proxy.url) as broker, asyncio.timeout(PATIENCE):
        await published_after_declaring(broker)
        async with consuming(broker, CONVERTER, handler):
            await begun.wait()
            proxy.say_blocked("low on memory")
            await until_blocked(broker)
            may_finish.set()
            await until(lambda: len(messages) == 1)
            proxy.say_unblocked()
            await until(lambda: len(messages) == 2)
        letters = await broker.list("converter", limit=10)

    assert (
        "Queue converter can't take note of finished work: it takes no messages: low on memory" in messages[0]
    )
    assert messages[1] == "Queue converter takes note of finished work again."
    assert handled == len(letters) == 1


# In the same way as what is dead-lettered; see above.
@pytest.mark.thorough
async def test_events_that_wait_are_held_while_the_broker_takes_no_messages_and_that_is_said_once(
    proxy: AmqpProxy, messages: list[str]
) -> None:
    begun, may_finish, count = asyncio.Event(), asyncio.Event(), 0

    async def handler(_: Event) -> Disposition:
        nonlocal count
        count += 1
        begun.set()
        await may_finish.wait()
        return RetryAfter(timedelta(seconds=0.9), "not now") if count == 1 else Done()

    async with open_broker(proxy.url, delays=SHORT_DELAYS) as broker, asyncio.timeout(PATIENCE):
        await published_after_declaring(broker)
        async with consuming(broker, CONVERTER, handler):
            await begun.wait()
            may_finish.set()
            # Sent to wait for 0.4 s, twice, and for 0.05 s, twice.
            proxy.say_blocked("low on disk")
            await until(lambda: len(messages) == 1)
            proxy.say_unblocked()
            await until(lambda: count == 2)

    assert "can't take note of finished work: it takes no messages" in messages[0]
    assert messages[1:] == ["Queue converter takes note of finished work again."]


async def test_a_handler_that_blocks_its_event_loop_for_longer_than_the_heartbeat_keeps_its_event(
    rabbitmq_url: str, messages: list[str]
) -> None:
    count = 0

    async def blocking(_: Event) -> Disposition:
        nonlocal count
        count += 1
        # The broker gives up a client that is silent for twice the heartbeat.
        threading.Event().wait(4)
        return Done()

    async with open_broker(rabbitmq_url, heartbeat=timedelta(seconds=1)) as broker:
        await published_after_declaring(broker)
        async with consuming(broker, CONVERTER, blocking):
            await until(lambda: count == 1)
        handler = Handler()
        async with consuming(broker, CONVERTER, handler):
            await broker.publish(requested("b"))
            await handler.until(1)

    assert count == 1
    assert handler.subjects == ["b"]
    assert messages == []


async def test_waiting_by_the_brokers_clock_is_neither_too_short_nor_held_up_by_longer_waits(
    rabbitmq_url: str,
) -> None:
    delays = {
        "longest": timedelta(minutes=10),
        "long": timedelta(seconds=1.3),
        "short": timedelta(seconds=0.2),
    }
    begun: dict[str, float] = {}
    took: dict[str, float] = {}

    async def handler(event: Event) -> Disposition:
        now = time.monotonic()
        if event.subject in begun:
            took[event.subject] = now - begun[event.subject]
            return Done()
        begun[event.subject] = now
        return RetryAfter(delays[event.subject], "not now")

    async with open_broker(rabbitmq_url, delays=SHORT_DELAYS) as broker:
        await broker.declare([CONVERTER])
        for name in delays:
            await broker.publish(requested(name))
        async with consuming(broker, CONVERTER, handler):
            await until(lambda: len(took) == 2)

    assert took.keys() == {"short", "long"}
    assert took["short"] >= 0.2
    assert took["long"] >= 1.3


# Like a connection that goes silent; see above.
@pytest.mark.thorough
@pytest.mark.kill
async def test_a_broker_that_freezes_is_sat_out(
    rabbitmq_server: Server[RabbitMqEndpoint], rabbitmq_url: str
) -> None:
    handler = Handler()

    async with open_broker(rabbitmq_url, patience=timedelta(seconds=1)) as broker:
        await published_after_declaring(broker)
        async with consuming(broker, CONVERTER, handler):
            await handler.until(1)
            rabbitmq_server.pause()
            with pytest.raises(ServiceUnavailableError):
                await broker.publish(requested("b"))
            rabbitmq_server.resume()
            await published(broker, "b")
            await handler.until(2)


@pytest.mark.kill
@pytest.mark.measured_elsewhere
async def test_no_confirmed_event_is_lost_when_the_broker_is_killed(
    rabbitmq_server: Server[RabbitMqEndpoint], rabbitmq_url: str, messages: list[str]
) -> None:
    """Whatever it is doing, each confirmed event still comes to its end."""
    confirmed: list[str] = []
    handled: Counter[str] = Counter()
    stop = asyncio.Event()

    async def handler(event: Event) -> Disposition:
        handled[event.subject] += 1
        number = int(event.subject)
        if number % 10 == 0:
            return DeadLetter("no attempt is left")
        if number % 3 == 0 and handled[event.subject] == 1:
            return RetryAfter(timedelta(milliseconds=500), "not now")
        return Done()

    async with open_broker(rabbitmq_url, delays=SHORT_DELAYS) as broker:
        await broker.declare([CONVERTER])

        async def publish() -> None:
            number = 0
            while not stop.is_set():
                try:
                    await broker.publish(requested(str(number)))
                except ServiceUnavailableError:
                    await asyncio.sleep(0.05)
                else:
                    confirmed.append(str(number))
                    number += 1

        # RabbitMQ 3.10 writes the name of a new queue to disk half a second later.
        declared = time.monotonic()
        await until(lambda: time.monotonic() > declared + 2)
        publishing = asyncio.create_task(publish())
        async with consuming(broker, CONVERTER, handler):
            await until(lambda: len(handled) > 100)
            await asyncio.to_thread(rabbitmq_server.kill)
            by_then = len(confirmed)
            await asyncio.to_thread(rabbitmq_server.start)
            await until(lambda: len(confirmed) > by_then + 50)
            stop.set()
            await publishing
            await until(lambda: handled.keys() >= set(confirmed))
        retried = [name for name in confirmed if int(name) % 3 == 0 and int(name) % 10]
        async with consuming(broker, CONVERTER, handler):
            await until(lambda: all(handled[name] >= 2 for name in retried))
        letters = await broker.list("converter", limit=100_000)

    dead = {letter.event for letter in letters}
    assert all(
        any(f'"subject":"{name}"' in event for event in dead) for name in confirmed if int(name) % 10 == 0
    )
    assert sum("can't be reached" in message for message in messages) == 1
    assert sum("is reached again" in message for message in messages) == 1
