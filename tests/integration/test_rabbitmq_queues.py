"""What the adapter makes of RabbitMQ's queues and messages, as another client sees them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.contracts.event_broker import CLEANER, CONVERTER, PATIENCE, Handler, consuming, requested, until
from tests.integration.rabbitmq_access import SHORT_DELAYS, on_channel, open_broker
from tests.selection import thorough
from tests.servers.rabbitmq import RabbitMqEndpoint
from tests.servers.server import Server
from tracklift_adapters.rabbitmq.broker import RabbitMqBroker
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import DeadLetter, DeadLetterRecord, Subscription
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.user.events import UserDeleted
from tracklift_runtime.cloud_events import CONTENT_TYPE, decode_event, encode_event

pytestmark = pytest.mark.network

QUORUM = {"x-queue-type": "quorum", "x-delivery-limit": 2**31 - 1}


@pytest.fixture
async def broker(rabbitmq_url: str) -> AsyncIterator[RabbitMqBroker]:
    async with open_broker(rabbitmq_url) as broker:
        yield broker


@pytest.fixture
async def other_broker(rabbitmq_url: str) -> AsyncIterator[RabbitMqBroker]:
    """The same broker as another process has it."""
    async with open_broker(rabbitmq_url) as broker:
        yield broker


async def letters_in(broker: RabbitMqBroker, count: int) -> Sequence[DeadLetterRecord]:
    """Wait until the converter has so many dead letters, and give them."""
    found: Sequence[DeadLetterRecord] = ()

    async def are_there() -> bool:
        nonlocal found
        found = await broker.list("converter", limit=100_000)
        return len(found) >= count

    await until(are_there)
    return found


async def bury(broker: RabbitMqBroker, *names: str, reason: str = "no attempt is left") -> None:
    """Set events of the converter aside, in this order."""
    await broker.declare([CONVERTER])
    before = len(await broker.list("converter", limit=100_000))
    async with consuming(broker, CONVERTER, Handler(DeadLetter(reason))):
        for count, name in enumerate(names, before + 1):
            await broker.publish(requested(name))
            await letters_in(broker, count)


async def test_queues_are_made_to_lose_nothing(
    rabbitmq_server: Server[RabbitMqEndpoint], rabbitmq_url: str
) -> None:
    host = rabbitmq_url.rpartition("/")[2]

    async with open_broker(rabbitmq_url, delays=SHORT_DELAYS) as broker:
        await broker.declare([CONVERTER, CLEANER])

    queues = {queue["name"]: queue for queue in rabbitmq_server.endpoint.ask("GET", f"/api/queues/{host}")}
    assert all(queue["durable"] for queue in queues.values())
    delay = QUORUM | {
        "x-dead-letter-exchange": "tracklift.redelivery",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert {name: queue["arguments"] for name, queue in queues.items()} == {
        "converter": QUORUM | {"x-consumer-timeout": 86_400_000},
        "converter.dead": QUORUM,
        "cleaner": QUORUM | {"x-consumer-timeout": 86_400_000},
        "cleaner.dead": QUORUM,
        "tracklift.delay.0.05s": delay | {"x-message-ttl": 50},
        "tracklift.delay.0.4s": delay | {"x-message-ttl": 400},
    }
    exchanges = rabbitmq_server.endpoint.ask("GET", f"/api/exchanges/{host}")
    assert {
        (exchange["name"], exchange["type"], exchange["durable"])
        for exchange in exchanges
        if exchange["name"].startswith("tracklift")
    } == {
        ("tracklift.events", "topic", True),
        ("tracklift.redelivery", "direct", True),
        ("tracklift.delay.0.05s", "fanout", True),
        ("tracklift.delay.0.4s", "fanout", True),
    }


async def test_declaring_a_queue_with_other_types_replaces_those_of_before(broker: RabbitMqBroker) -> None:
    await broker.declare([CONVERTER])

    await broker.declare([Subscription(queue="converter", event_types=(UserDeleted,))])

    with pytest.raises(UnroutableEventError):
        await broker.publish(requested("a"))


async def test_a_message_tells_what_it_is_and_is_kept_on_disk(
    rabbitmq_url: str, broker: RabbitMqBroker
) -> None:
    await broker.declare([CONVERTER])
    await broker.publish(requested("a"))

    def get(channel: BlockingChannel) -> tuple[pika.BasicProperties | None, bytes | None]:
        _, properties, body = channel.basic_get("converter", auto_ack=True)
        return properties, body

    properties, body = await on_channel(rabbitmq_url, get)
    assert properties is not None
    assert properties.content_type == CONTENT_TYPE
    assert properties.message_id == "a.2"
    assert properties.type == requested("a").type
    assert properties.delivery_mode == pika.DeliveryMode.Persistent.value
    assert body == encode_event(requested("a")).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {"x-tracklift-failures": "many", "x-tracklift-due": "tomorrow"},
        *thorough(
            [
                {"x-tracklift-failures": -1, "x-tracklift-due": 2**62},
                {"x-tracklift-failures": True, "x-tracklift-due": None},
            ]
        ),
    ],
)
async def test_headers_that_make_no_sense_hold_no_event_up(
    rabbitmq_url: str, broker: RabbitMqBroker, headers: dict[str, Any]
) -> None:
    await broker.declare([CONVERTER])
    handler = Handler()

    await put(rabbitmq_url, "converter", encode_event(requested("a")).encode(), headers)

    async with consuming(broker, CONVERTER, handler):
        await handler.until(1)


async def put(url: str, queue: str, body: bytes, headers: dict[str, Any] | None = None) -> None:
    """Put a message into a queue, as some other client might."""
    properties = pika.BasicProperties(headers=headers)
    await on_channel(url, lambda channel: channel.basic_publish("", queue, body, properties))


@pytest.mark.parametrize("body", [b"\xff\xfe not text", *thorough([b'{"specversion": "\xff"}'])])
async def test_bytes_that_are_no_text_are_dead_lettered(
    rabbitmq_url: str, broker: RabbitMqBroker, body: bytes
) -> None:
    await broker.declare([CONVERTER])
    await put(rabbitmq_url, "converter", body)
    handler = Handler()

    async with consuming(broker, CONVERTER, handler):
        await broker.publish(requested("a"))
        await handler.until(1)
        (letter,) = await letters_in(broker, 1)

    assert "it is not valid JSON" in letter.reason
    assert letter.event == body.decode(errors="replace")
    assert handler.subjects == ["a"]


async def test_a_redriven_event_is_byte_for_byte_what_it_was_and_starts_anew(
    rabbitmq_url: str, broker: RabbitMqBroker
) -> None:
    await broker.declare([CONVERTER])
    await put(rabbitmq_url, "converter", b"\xff\xfe not text")
    async with consuming(broker, CONVERTER, Handler()):
        (letter,) = await letters_in(broker, 1)

    await broker.redrive("converter", letter.id)

    def get(channel: BlockingChannel) -> tuple[pika.BasicProperties | None, bytes | None]:
        _, properties, body = channel.basic_get("converter", auto_ack=True)
        return properties, body

    properties, body = await on_channel(rabbitmq_url, get)
    assert body == b"\xff\xfe not text"
    assert properties is not None
    ours = {name for name in properties.headers or {} if name.startswith("x-tracklift")}
    assert ours == {"x-tracklift-sequence"}


async def test_a_reason_of_any_length_is_kept_as_far_as_it_fits(broker: RabbitMqBroker) -> None:
    """All headers of a message must fit into one frame."""
    await bury(broker, "a", reason="ü" * 200_000)

    (letter,) = await broker.list("converter", limit=10)
    assert len(letter.reason) > 1000
    assert set(letter.reason) == {"ü"}


@pytest.mark.measured_elsewhere
async def test_looking_at_dead_letters_leaves_them_where_they_are(broker: RabbitMqBroker) -> None:
    """More often than RabbitMQ 4 lets a message come back by default."""
    await bury(broker, "a", "b", "c")

    first = await broker.list("converter", limit=10)
    for limit in (1, 2, 3) * 7:
        assert await broker.list("converter", limit=limit) == first[:limit]
    assert [decode_event(letter.event).subject for letter in first] == ["a", "b", "c"]


@pytest.mark.thorough
async def test_several_processes_that_look_at_the_same_time_see_all_dead_letters(
    broker: RabbitMqBroker, other_broker: RabbitMqBroker
) -> None:
    await bury(broker, "a", "b", "c")

    looks = await asyncio.gather(
        *(looking.list("converter", limit=10) for looking in (broker, other_broker) * 5)
    )

    assert [len(letters) for letters in looks] == [3] * 10


@pytest.mark.measured_elsewhere
async def test_of_several_that_redrive_the_same_letters_each_letter_finds_one(
    broker: RabbitMqBroker, other_broker: RabbitMqBroker
) -> None:
    await bury(broker, "a", "b")
    first, second = await broker.list("converter", limit=10)

    await asyncio.gather(broker.redrive("converter", first.id), other_broker.redrive("converter", second.id))

    handler = Handler()
    async with consuming(broker, CONVERTER, handler):
        await handler.until(2)
    assert sorted(handler.subjects) == ["a", "b"]
    assert await broker.list("converter", limit=10) == ()


async def test_somebody_who_looks_for_ever_is_not_waited_for_so_long(
    rabbitmq_url: str, broker: RabbitMqBroker
) -> None:
    await bury(broker, "a")
    is_held, let_go = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(channel: BlockingChannel) -> None:
        channel.queue_declare("converter.dead.in-use", exclusive=True)
        loop.call_soon_threadsafe(is_held.set)
        asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result(PATIENCE)

    holding = asyncio.create_task(on_channel(rabbitmq_url, hold))
    await is_held.wait()
    with pytest.raises(ServiceUnavailableError, match="somebody else looks at the dead letters of converter"):
        await broker.list("converter", limit=10)
    let_go.set()
    await holding

    assert len(await broker.list("converter", limit=10)) == 1


async def test_a_letter_that_somebody_else_put_there_is_listed_and_redriven(
    rabbitmq_url: str, broker: RabbitMqBroker
) -> None:
    await broker.declare([CONVERTER])
    await put(rabbitmq_url, "converter.dead", encode_event(requested("a")).encode())

    (letter,) = await letters_in(broker, 1)
    await broker.redrive("converter", letter.id)

    assert "unknown" in letter.reason
    handler = Handler()
    async with consuming(broker, CONVERTER, handler):
        await handler.until(1)


async def test_a_letter_whose_queue_is_gone_stays_where_it_is(
    rabbitmq_url: str, broker: RabbitMqBroker
) -> None:
    await bury(broker, "a")
    (letter,) = await broker.list("converter", limit=10)
    await on_channel(rabbitmq_url, lambda channel: channel.queue_delete("converter"))

    with pytest.raises(ServiceUnavailableError, match="no queue for 'converter'"):
        await broker.redrive("converter", letter.id)

    assert await broker.list("converter", limit=10) == (letter,)


async def test_failures_in_a_row_are_counted_across_processes(
    broker: RabbitMqBroker, other_broker: RabbitMqBroker, caplog: pytest.LogCaptureFixture
) -> None:
    await broker.declare([CONVERTER])
    await broker.publish(requested("a"))
    failing = Handler(KeyError("x"))

    async with consuming(broker, CONVERTER, failing):
        await failing.until(1)
    async with consuming(other_broker, CONVERTER, failing):
        await failing.until(2)

    assert ["the 1. time" in record.getMessage() for record in caplog.records] == [True, False]
    assert "the 2. time" in caplog.records[1].getMessage()
