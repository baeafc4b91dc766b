import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.contracts.event_broker import PATIENCE, failed, requested, until
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.messaging.ports import EventPublisher
from tracklift_domain.messaging.relay_outbox import RelayOutbox

DOWN = ServiceUnavailableError("broker", "connection refused")
HOUR = timedelta(hours=1)


class Publisher(EventPublisher):
    """A broker that is down, or lacks queues, as the test says."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.tries = 0
        self.down = False
        self.down_after = 10**9
        self.unroutable: set[str] = set()

    @override
    async def publish(self, event: Event) -> None:
        self.tries += 1
        if self.down or len(self.published) >= self.down_after:
            raise DOWN
        if event.type in self.unroutable:
            raise UnroutableEventError(event.type)
        self.published.append(event.subject)

    async def until(self, count: int) -> None:
        """Wait until so many events were published."""
        await until(lambda: len(self.published) >= count)


class Storage(InMemoryOutbox):
    """An outbox that can't be reached when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.waits = 0

    @override
    async def pending(self, *, limit: int) -> Sequence[Event]:
        self._check()
        return await super().pending(limit=limit)

    @override
    async def mark_published(self, event_ids: Sequence[EventId]) -> None:
        self._check()
        await super().mark_published(event_ids)

    @override
    async def wait(self, longest: timedelta) -> None:
        self.waits += 1
        self._check()
        await super().wait(longest)

    def _check(self) -> None:
        if self.down:
            raise ServiceUnavailableError("storage", "connection refused")


@pytest.fixture
def outbox() -> Storage:
    return Storage()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


async def left_in(outbox: Storage) -> list[str]:
    """Give the subjects of the events that still wait."""
    return [event.subject for event in await outbox.pending(limit=10**6)]


@asynccontextmanager
async def running(relay: RelayOutbox) -> AsyncIterator[asyncio.Event]:
    """Run the relay while the block runs, then let it end."""
    stopping = asyncio.Event()
    task = asyncio.create_task(relay.run(stopping=stopping))
    try:
        yield stopping
    finally:
        stopping.set()
        async with asyncio.timeout(PATIENCE):
            await task


async def test_what_waits_is_published_in_its_order_and_taken_out(
    outbox: Storage, publisher: Publisher
) -> None:
    outbox.store([requested("a"), failed("b"), requested("c")])

    assert await RelayOutbox(outbox, publisher)() == 3

    assert publisher.published == ["a", "b", "c"]
    assert await left_in(outbox) == []


async def test_an_empty_outbox_is_left_alone(outbox: Storage, publisher: Publisher) -> None:
    assert await RelayOutbox(outbox, publisher)() == 0

    assert publisher.tries == 0


@pytest.mark.parametrize("count", [1, 3, 4, 5, 8, 9])
async def test_more_than_a_batch_is_published_at_one_go(
    outbox: Storage, publisher: Publisher, count: int
) -> None:
    names = [f"conversion-{number}" for number in range(count)]
    outbox.store([requested(name) for name in names])

    assert await RelayOutbox(outbox, publisher, batch=4)() == count

    assert publisher.published == names
    assert await left_in(outbox) == []


async def test_while_the_broker_is_down_everything_waits(outbox: Storage, publisher: Publisher) -> None:
    outbox.store([requested("a"), requested("b")])
    publisher.down = True

    with pytest.raises(ServiceUnavailableError) as caught:
        await RelayOutbox(outbox, publisher)()

    assert caught.value is DOWN
    assert publisher.tries == 1
    assert await left_in(outbox) == ["a", "b"]


async def test_what_was_confirmed_before_the_broker_went_down_is_taken_out(
    outbox: Storage, publisher: Publisher
) -> None:
    outbox.store([requested("a"), requested("b"), requested("c")])
    publisher.down_after = 2

    with pytest.raises(ServiceUnavailableError):
        await RelayOutbox(outbox, publisher)()

    assert publisher.published == ["a", "b"]
    assert await left_in(outbox) == ["c"]


async def test_an_event_whose_mark_was_lost_is_published_again(outbox: Storage, publisher: Publisher) -> None:
    """At least once: losing an event is never an option, telling it twice is."""
    outbox.store([requested("a")])
    relay = RelayOutbox(outbox, publisher)
    publish = publisher.publish

    async def publish_and_lose_the_storage(event: Event) -> None:
        await publish(event)
        outbox.down = True

    publisher.publish = publish_and_lose_the_storage  # type: ignore[method-assign]  # one step of this test only
    with pytest.raises(ServiceUnavailableError):
        await relay()
    publisher.publish = publish  # type: ignore[method-assign]  # as it was
    outbox.down = False

    assert await relay() == 1
    assert publisher.published == ["a", "a"]


@pytest.mark.parametrize("unroutable", [1, 3, 4, 5, 8, 11])
async def test_events_that_no_queue_takes_wait_and_hold_up_nobody(
    outbox: Storage, publisher: Publisher, unroutable: int
) -> None:
    nowhere = [f"nowhere-{number}" for number in range(unroutable)]
    somewhere = [f"somewhere-{number}" for number in range(9)]
    outbox.store([requested(name) for name in nowhere])
    outbox.store([failed(name) for name in somewhere])
    publisher.unroutable = {ConversionRequested.type}
    relay = RelayOutbox(outbox, publisher, batch=4)

    assert await relay() == 9
    assert await relay() == 0
    assert publisher.published == somewhere
    assert await left_in(outbox) == nowhere
    assert publisher.tries == 9 + 2 * unroutable

    publisher.unroutable = set()
    assert await relay() == unroutable
    assert await left_in(outbox) == []


async def test_that_a_type_has_no_queue_is_logged_once_while_it_lasts(
    outbox: Storage, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.store([requested("a"), requested("b")])
    publisher.unroutable = {ConversionRequested.type}
    relay = RelayOutbox(outbox, publisher)

    await relay()
    await relay()
    assert [record.getMessage() for record in caplog.records] == [
        "No queue takes events of type tracklift.conversion.requested.v1. They stay in the outbox."
    ]

    publisher.unroutable = set()
    await relay()
    publisher.unroutable = {ConversionRequested.type}
    outbox.store([requested("c")])
    await relay()
    assert len(caplog.records) == 2


async def test_an_event_is_published_as_soon_as_it_is_stored(outbox: Storage, publisher: Publisher) -> None:
    async with running(RelayOutbox(outbox, publisher, sweep_every=HOUR)):
        for count in (1, 2, 3):
            outbox.store([requested("a")])
            await publisher.until(count)


async def test_what_another_process_stored_is_found_by_the_sweep(
    outbox: Storage, publisher: Publisher
) -> None:
    async with running(RelayOutbox(outbox, publisher, sweep_every=timedelta(milliseconds=1))):
        await until(lambda: outbox.waits > 1)
        outbox._events.append(requested("a"))
        await publisher.until(1)


async def test_stopping_ends_the_relay_after_one_more_round(outbox: Storage, publisher: Publisher) -> None:
    async with running(RelayOutbox(outbox, publisher, sweep_every=HOUR)) as stopping:
        await until(lambda: outbox.waits > 0)
        outbox._events.append(requested("a"))
        stopping.set()

    assert publisher.published == ["a"]


async def test_a_relay_that_is_told_to_stop_before_it_starts_still_publishes_what_waits(
    outbox: Storage, publisher: Publisher
) -> None:
    outbox.store([requested("a")])

    async with running(RelayOutbox(outbox, publisher, sweep_every=HOUR)) as stopping:
        stopping.set()

    assert publisher.published == ["a"]
    assert outbox.waits == 0


async def test_an_outage_is_sat_out_and_logged_once(
    outbox: Storage, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.store([requested("a")])
    publisher.down = True

    with caplog.at_level(logging.INFO):
        async with running(RelayOutbox(outbox, publisher, sweep_every=timedelta(milliseconds=1))):
            await until(lambda: publisher.tries > 3)
            publisher.down = False
            await publisher.until(1)

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            "Events wait in the outbox: broker is not available: connection refused",
        ),
        (logging.INFO, "Events are published again."),
    ]


async def test_a_storage_that_is_down_is_asked_again_after_a_sweep_and_not_in_a_hot_loop(
    outbox: Storage, publisher: Publisher
) -> None:
    outbox.store([requested("a")])
    outbox.down = True

    async with running(RelayOutbox(outbox, publisher, sweep_every=timedelta(milliseconds=1))):
        await until(lambda: outbox.waits > 2)
        outbox.down = False
        await publisher.until(1)

    outbox.down = True
    waits = outbox.waits
    async with running(RelayOutbox(outbox, publisher, sweep_every=HOUR)):
        await until(lambda: outbox.waits > waits)
        for _ in range(100):
            await asyncio.sleep(0)
        assert outbox.waits == waits + 1


async def test_stopping_during_an_outage_ends_the_relay_and_loses_nothing(
    outbox: Storage, publisher: Publisher
) -> None:
    outbox.store([requested("a")])
    publisher.down = True

    async with running(RelayOutbox(outbox, publisher, sweep_every=HOUR)):
        await until(lambda: publisher.tries > 0)

    assert await left_in(outbox) == ["a"]


async def test_a_cancelled_relay_leaves_no_task_behind(outbox: Storage, publisher: Publisher) -> None:
    before = asyncio.all_tasks()
    task = asyncio.create_task(RelayOutbox(outbox, publisher, sweep_every=HOUR).run(stopping=asyncio.Event()))
    await until(lambda: outbox.waits > 0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert asyncio.all_tasks() == before
