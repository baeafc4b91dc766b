import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from tests.contracts.event_broker import (
    CLEANER,
    CONVERTER,
    NOW,
    PATIENCE,
    REDELIVERY,
    BrokerUnderTest,
    EventBrokerContract,
    Handler,
    Workshop,
    consuming,
    requested,
    until,
)
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.local_queue.local_queue import LocalQueue
from tracklift_adapters.local_queue.message_table import Delivery
from tracklift_domain.clock import Clock
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter, Subscription
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.user.events import UserDeleted
from tracklift_runtime.backoff import Backoff
from tracklift_runtime.deliver_event import Outcome

TWO_AT_ONCE = Subscription(queue="converter", event_types=(ConversionRequested,), concurrency=2)
LEASE = timedelta(seconds=30)
POLL = timedelta(milliseconds=2)


def new_queue(folder: Path, clock: Clock, *, poll_every: timedelta = POLL) -> LocalQueue:
    """Make a queue in a folder, as one process has it."""
    return LocalQueue(folder / "queue.sqlite3", clock, REDELIVERY, lease=LEASE, poll_every=poll_every)


class LocalBrokerUnderTest(BrokerUnderTest):
    """Two queues over one file, as two processes have them."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOW)
        self.file = folder / "queue.sqlite3"
        self.queue = self.publisher = self.consumer = self.dead_letters = self.queues = new_queue(
            folder, self.clock
        )
        self.other_queue = self.other_consumer = new_queue(folder, self.clock)

    @override
    def now(self) -> datetime:
        return self.clock.now()

    @override
    async def pass_time(self, span: timedelta) -> None:
        while span > timedelta(0):
            # Leases are renewed on the way; where there is none, it need not be in steps.
            step = min(LEASE / 3, span) if self._at_work() else span
            self.clock.advance(step)
            span -= step
            async with asyncio.timeout(20):
                while await self._has_lease_that_ends_within(LEASE / 3):
                    pass

    def _at_work(self) -> set[str]:
        return self.queue._messages._held | self.other_queue._messages._held

    async def _has_lease_that_ends_within(self, span: timedelta) -> bool:
        at_work = self._at_work()
        leases = await self.queue._file.run(
            lambda connection: connection.execute(
                "SELECT lease_token, leased_until FROM messages WHERE lease_token IS NOT NULL"
            ).fetchall()
        )
        soon = int((self.clock.now() + span).timestamp() * 1_000_000)
        return any(token in at_work and until <= soon for token, until in leases)

    @override
    async def put(self, queue: str, text: str) -> None:
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            connection.execute("INSERT INTO messages (queue, event) VALUES (?, ?)", (queue, text))

    @override
    async def die_at_work(self, subscription: Subscription) -> None:
        with self.other_queue._messages.new_token() as token:
            assert isinstance(await self.other_queue._messages.take(subscription.queue, token), Delivery)


class TestLocalQueue(EventBrokerContract):
    @override
    @asynccontextmanager
    async def new_broker(self, folder: Path) -> AsyncIterator[LocalBrokerUnderTest]:
        broker = LocalBrokerUnderTest(folder)
        await broker.queue.open()
        await broker.other_queue.open()
        yield broker
        await broker.queue.close()
        await broker.other_queue.close()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[LocalBrokerUnderTest]:
    async with TestLocalQueue().new_broker(tmp_path) as broker:
        await broker.consumer.declare([CONVERTER])
        yield broker


@pytest.fixture
async def quiet_queue(tmp_path: Path) -> AsyncIterator[LocalQueue]:
    """A queue that looks at its file once an hour, unless something wakes it."""
    queue = new_queue(tmp_path, ManualClock(NOW), poll_every=timedelta(hours=1))
    await queue.open()
    await queue.declare([CONVERTER])
    yield queue
    await queue.close()


class Lock:
    """Another process that writes and does not come to an end."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


class Tries:
    """Counts how often something failed, and makes the pauses after it short."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        following = Backoff.next

        def counting(backoff: Backoff) -> float:
            self.count += 1
            return following(backoff) / 100

        monkeypatch.setattr(Backoff, "next", counting)

    async def until(self, count: int) -> None:
        """Wait until there were this many."""
        await until(lambda: self.count >= count)


async def test_an_event_published_in_the_same_process_is_delivered_without_polling(
    quiet_queue: LocalQueue,
) -> None:
    handler = Handler()

    async with consuming(quiet_queue, CONVERTER, handler):
        for count in (1, 2, 3):
            await quiet_queue.publish(requested(f"conversion-{count}"))
            await handler.until(count)


async def test_a_redriven_event_is_delivered_without_polling(quiet_queue: LocalQueue) -> None:
    await quiet_queue.publish(requested("a"))
    handler = Handler(DeadLetter("no attempt is left"), Done())

    async with consuming(quiet_queue, CONVERTER, handler):
        while not (letters := await quiet_queue.list("converter", limit=1)):
            pass
        await all_looked(quiet_queue)
        await quiet_queue.redrive("converter", letters[0].id)
        await handler.until(2)


async def test_a_delayed_event_is_delivered_without_polling_when_its_time_has_come(
    quiet_queue: LocalQueue,
) -> None:
    await quiet_queue.publish(requested("a"))
    handler = Handler(RetryAfter(timedelta(milliseconds=20), "not now"), Done())

    async with consuming(quiet_queue, CONVERTER, handler):
        await handler.until(1)
        await all_looked(quiet_queue)
        advance(quiet_queue, timedelta(milliseconds=20))
        await handler.until(2)


async def test_a_consumer_without_work_leaves_the_file_alone(quiet_queue: LocalQueue) -> None:
    async with consuming(quiet_queue, CONVERTER, Handler()):
        await quiet_queue.publish(requested("a"))
        await all_looked(quiet_queue)

        assert await looks_in_a_while(quiet_queue) == 0


async def test_declaring_a_queue_with_other_types_replaces_those_of_before(
    broker: LocalBrokerUnderTest,
) -> None:
    other_types = Subscription(queue="converter", event_types=(UserDeleted,))

    await broker.consumer.declare([other_types])

    with pytest.raises(UnroutableEventError):
        await broker.publisher.publish(requested("a"))


async def test_a_consumer_that_lost_its_lease_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # The clock of the first stands still: it never comes to renew its leases, as a process that hangs.
    clock = ManualClock(NOW)
    hanging, other = new_queue(tmp_path, ManualClock(NOW)), new_queue(tmp_path, clock)
    await hanging.open()
    await other.open()
    await hanging.declare([CONVERTER])
    await hanging.publish(requested("a"))
    first, second = Workshop(), Workshop()

    async with consuming(hanging, CONVERTER, first):
        await first.until_started(1)
        clock.advance(LEASE)
        async with consuming(other, CONVERTER, second):
            await second.until_started(1)
            first.may_finish.set()
            await until(lambda: "after its lease had run out" in caplog.text)
            assert await other._file.run(lease_tokens) == other._messages._held
            second.may_finish.set()

    assert (first.finished, second.finished) == (["a"], ["a"])
    assert await other._file.run(dump) == []
    await hanging.close()
    await other.close()


@pytest.mark.parametrize(
    "disposition", [Done(), RetryAfter(timedelta(0), "not now"), DeadLetter("no attempt is left")]
)
async def test_no_answer_has_an_effect_once_another_took_the_event_over(
    broker: LocalBrokerUnderTest, disposition: Disposition
) -> None:
    await broker.publisher.publish(requested("a"))
    messages = broker.queue._messages

    with messages.new_token() as lost:
        await messages.take("converter", lost)
        broker.clock.advance(LEASE)
        await broker.die_at_work(CONVERTER)
        before = await broker.queue._file.run(dump)

        assert not await messages.settle(lost, Outcome(disposition))
        assert not await messages.renew(lost)
        assert not await messages.release(lost)

    assert await broker.queue._file.run(dump) == before


async def test_events_at_work_here_are_left_alone_after_the_machine_slept(
    quiet_queue: LocalQueue,
) -> None:
    await quiet_queue.publish(requested("a"))
    workshop = Workshop()

    async with consuming(quiet_queue, TWO_AT_ONCE, workshop):
        await workshop.until_started(1)
        advance(quiet_queue, timedelta(hours=8))
        await quiet_queue.publish(requested("b"))
        await workshop.until_started(2)
        workshop.may_finish.set()

    assert workshop.finished == ["a", "b"]


async def test_waiting_after_the_machine_slept_is_no_hot_loop(quiet_queue: LocalQueue) -> None:
    await quiet_queue.publish(requested("a"))
    workshop = Workshop()

    async with consuming(quiet_queue, TWO_AT_ONCE, workshop):
        await workshop.until_started(1)
        advance(quiet_queue, timedelta(hours=8))
        quiet_queue._notifier.notify()
        await all_looked(quiet_queue)
        assert await looks_in_a_while(quiet_queue) == 0
        workshop.may_finish.set()

    assert workshop.finished == ["a"]


async def test_releasing_the_leases_of_dead_processes_makes_their_events_available_at_once(
    quiet_queue: LocalQueue,
) -> None:
    await quiet_queue.publish(requested("a"))
    await quiet_queue.publish(requested("b"))
    with quiet_queue._messages.new_token() as token:
        await quiet_queue._messages.take("converter", token)
    handler = Handler()

    async with consuming(quiet_queue, CONVERTER, handler):
        await handler.until(1)
        await all_looked(quiet_queue)
        assert await quiet_queue.release_leases() == 1
        await handler.until(2)

    assert handler.subjects == ["b", "a"]
    assert await quiet_queue.release_leases() == 0


async def test_a_cancellation_while_an_event_is_taken_gives_it_back(quiet_queue: LocalQueue) -> None:
    await quiet_queue.publish(requested("a"))
    workshop, handler = Workshop(), Handler()

    async with thread_blocked(quiet_queue):
        call = asyncio.create_task(quiet_queue.consume(CONVERTER, workshop, stopping=asyncio.Event()))
        await until(lambda: bool(quiet_queue._messages._held))
        call.cancel()
        await others_run()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert workshop.started == []
    async with consuming(quiet_queue, CONVERTER, handler):
        await handler.until(1)


async def test_a_consumer_that_is_cancelled_twice_gives_its_events_back(quiet_queue: LocalQueue) -> None:
    await quiet_queue.publish(requested("a"))
    workshop, handler = Workshop(), Handler()
    call = asyncio.create_task(quiet_queue.consume(CONVERTER, workshop, stopping=asyncio.Event()))
    await workshop.until_started(1)

    async with thread_blocked(quiet_queue):
        call.cancel()
        await until(lambda: bool(workshop.cancelled))
        await others_run()
        call.cancel()
        await others_run()
    with pytest.raises(asyncio.CancelledError):
        await call

    async with consuming(quiet_queue, CONVERTER, handler):
        await handler.until(1)


async def test_finished_work_is_noted_though_the_consumer_is_cancelled_meanwhile(
    quiet_queue: LocalQueue,
) -> None:
    await quiet_queue.publish(requested("a"))
    workshop = Workshop()
    call = asyncio.create_task(quiet_queue.consume(CONVERTER, workshop, stopping=asyncio.Event()))
    await workshop.until_started(1)

    async with thread_blocked(quiet_queue):
        workshop.may_finish.set()
        await until(lambda: bool(workshop.finished))
        await others_run()
        call.cancel()
        await others_run()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert await quiet_queue._file.run(dump) == []


async def test_while_the_file_is_locked_publishing_fails_and_leaves_nothing(tmp_path: Path) -> None:
    queue = impatient_queue(tmp_path)
    await queue.open()
    await queue.declare([CONVERTER])

    with Lock(tmp_path / "queue.sqlite3"), pytest.raises(ServiceUnavailableError) as caught:
        await queue.publish(requested("a"))

    assert caught.value.service == "local queue"
    assert caught.value.reason == "database is locked"
    handler = Handler()
    async with consuming(queue, CONVERTER, handler):
        await queue.publish(requested("b"))
        await handler.until(1)
    assert handler.subjects == ["b"]
    await queue.close()


async def test_an_outage_is_sat_out_and_logged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    queue = impatient_queue(tmp_path)
    await queue.open()
    await queue.declare([CONVERTER])
    await queue.publish(requested("a"))
    tries, handler = Tries(monkeypatch), Handler()

    with caplog.at_level(logging.INFO):
        lock = Lock(tmp_path / "queue.sqlite3")
        with lock:
            call = consuming(queue, CONVERTER, handler)
            await call.__aenter__()
            await tries.until(4)
        await handler.until(1)
        await call.__aexit__(None, None, None)

    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.INFO]
    assert "database is locked" in caplog.records[0].getMessage()
    await queue.close()


async def test_finished_work_is_noted_once_the_file_can_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    queue = impatient_queue(tmp_path)
    await queue.open()
    await queue.declare([CONVERTER])
    await queue.publish(requested("a"))
    tries, workshop = Tries(monkeypatch), Workshop()

    async with consuming(queue, CONVERTER, workshop):
        await workshop.until_started(1)
        with Lock(tmp_path / "queue.sqlite3"):
            workshop.may_finish.set()
            await tries.until(3)
        while await queue._file.run(dump):
            pass

    assert workshop.finished == ["a"]
    assert len(caplog.records) == 1
    await queue.close()


async def test_stopping_during_an_outage_ends_and_the_event_is_redelivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = impatient_queue(tmp_path)
    await queue.open()
    await queue.declare([CONVERTER])
    await queue.publish(requested("a"))
    tries, workshop, handler = Tries(monkeypatch), Workshop(), Handler()

    with Lock(tmp_path / "queue.sqlite3"):
        pass
    stopping = asyncio.Event()
    call = asyncio.create_task(queue.consume(CONVERTER, workshop, stopping=stopping))
    await workshop.until_started(1)
    with Lock(tmp_path / "queue.sqlite3"):
        workshop.may_finish.set()
        await tries.until(1)
        stopping.set()
        async with asyncio.timeout(PATIENCE):
            await call

    await queue.release_leases()
    async with consuming(queue, CONVERTER, handler):
        await handler.until(1)
    assert handler.subjects == ["a"]
    await queue.close()


async def test_on_a_full_disk_publishing_fails_for_all_queues_or_none(
    broker: LocalBrokerUnderTest,
) -> None:
    await broker.consumer.declare([CONVERTER, CLEANER])
    (pages,) = await broker.queue._file.run(lambda c: c.execute("PRAGMA page_count").fetchone())
    await broker.queue._file.run(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 1}").fetchone())

    published = 0
    reason = ""
    while not reason:
        try:
            await broker.publisher.publish(requested(f"conversion-{published}"))
            published += 1
        except ServiceUnavailableError as error:
            reason = error.reason

    assert reason == "database or disk is full"
    rows = await broker.queue._file.run(
        lambda c: c.execute("SELECT queue, count(*) FROM messages GROUP BY queue ORDER BY queue").fetchall()
    )
    assert rows == [("cleaner", published), ("converter", published)]
    await broker.queue._file.run(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())
    await broker.publisher.publish(requested("the-last-one"))


@pytest.mark.parametrize("value", [b"\xff\xfe not text", "CAST(x'7bff7d' AS TEXT)"])
async def test_bytes_that_are_no_text_are_dead_lettered(
    broker: LocalBrokerUnderTest, value: bytes | str
) -> None:
    def put(connection: sqlite3.Connection) -> None:
        literal = f"x'{value.hex()}'" if isinstance(value, bytes) else value
        connection.execute(f"INSERT INTO messages (queue, event) VALUES ('converter', {literal})")  # noqa: S608

    await broker.queue._file.run(put)
    await broker.publisher.publish(requested("a"))
    handler = Handler()

    async with consuming(broker.consumer, CONVERTER, handler):
        await handler.until(1)

    (letter,) = await broker.dead_letters.list("converter", limit=2)
    assert "it is not valid JSON" in letter.reason
    assert handler.subjects == ["a"]


async def test_what_waits_is_there_after_the_queue_was_closed_and_opened(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    queue = new_queue(tmp_path, clock)
    await queue.open()
    await queue.declare([CONVERTER])
    for name in ("waits", "dies", "fails"):
        await queue.publish(requested(name))
    handler = Handler(Done(), DeadLetter("no attempt is left"), KeyError("x"))
    handler.answers[0] = RetryAfter(timedelta(seconds=10), "not now")
    async with consuming(queue, CONVERTER, handler):
        await handler.until(3)
    await queue.close()

    queue = new_queue(tmp_path, clock)
    await queue.open()
    handler = Handler(KeyError("x"), Done(), now=clock.now)
    async with consuming(queue, CONVERTER, handler):
        clock.advance(REDELIVERY.delay_after(1))
        await handler.until(1)
        clock.advance(REDELIVERY.delay_after(1))
        assert len(handler.events) == 1
        clock.advance(timedelta(seconds=8))
        await handler.until(3)
    letters = await queue.list("converter", limit=10)
    await queue.close()

    assert handler.subjects[0] == "fails"
    assert sorted(handler.subjects[1:]) == ["fails", "waits"]
    assert [letter.reason for letter in letters] == ["no attempt is left"]


async def test_a_consumption_leaves_no_task_and_no_thread_behind(tmp_path: Path) -> None:
    threads, tasks = threading.active_count(), asyncio.all_tasks()
    queue = new_queue(tmp_path, ManualClock(NOW))
    await queue.open()
    await queue.declare([CONVERTER])
    await queue.publish(requested("a"))
    workshop = Workshop()

    call = asyncio.create_task(queue.consume(CONVERTER, workshop, stopping=asyncio.Event()))
    await workshop.until_started(1)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await queue.close()

    assert asyncio.all_tasks() == tasks
    await until(lambda: threading.active_count() <= threads)


def advance(queue: LocalQueue, span: timedelta) -> None:
    """Move the clock of a queue."""
    assert isinstance(queue._clock, ManualClock)
    queue._clock.advance(span)


@asynccontextmanager
async def thread_blocked(queue: LocalQueue) -> AsyncIterator[None]:
    """Keep the thread of a queue busy while the block runs."""
    goes_on = threading.Event()
    blocking = asyncio.create_task(queue._file.run(lambda _: goes_on.wait(PATIENCE)))
    await asyncio.sleep(0)
    yield
    goes_on.set()
    await blocking


async def others_run() -> None:
    """Let all other tasks of the loop go on until each of them waits for a thread, for time or for this task."""
    for _ in range(20):
        await asyncio.sleep(0)


async def all_looked(queue: LocalQueue) -> None:
    """Wait until each consumer of a queue had its turn, so that those without work wait now."""
    for _ in range(10):
        await queue._file.run(lambda _: None)


async def looks_in_a_while(queue: LocalQueue) -> int:
    """Count how often the file is asked for something while everybody may run."""
    looks = 0
    run = queue._file.run

    async def counting(work: Callable[[sqlite3.Connection], object]) -> object:
        nonlocal looks
        looks += 1
        return await run(work)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(queue._file, "run", counting)
        for _ in range(10):
            await run(lambda _: None)
            await asyncio.sleep(0)
    return looks


def impatient_queue(folder: Path) -> LocalQueue:
    """Make a queue that does not wait for other writers."""
    return LocalQueue(
        folder / "queue.sqlite3",
        ManualClock(NOW),
        REDELIVERY,
        lease=LEASE,
        poll_every=POLL,
        patience=timedelta(0),
    )


def lease_tokens(connection: sqlite3.Connection) -> set[str]:
    """Give the tokens of all leases."""
    return {token for (token,) in connection.execute("SELECT lease_token FROM messages") if token}


def dump(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Give all that the queues and the dead letters hold."""
    messages = connection.execute("SELECT * FROM messages ORDER BY id").fetchall()
    return messages + connection.execute("SELECT * FROM dead_letters ORDER BY id").fetchall()
