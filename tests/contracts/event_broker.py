"""What every event broker must do: publisher, consumer and dead letters together."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.selection import thorough
from tracklift_domain.conversion.events import ConversionFailed, ConversionRequested
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId, EventId, UserId
from tracklift_domain.messaging.delivery import (
    DeadLetter,
    Disposition,
    Done,
    EventHandler,
    RetryAfter,
    Subscription,
)
from tracklift_domain.messaging.errors import DeadLetterNotFoundError, UnroutableEventError
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.ports import DeadLetters, EventConsumer, EventPublisher, EventQueues
from tracklift_domain.user.events import UserDeleted
from tracklift_runtime.cloud_events import decode_event, encode_event

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
REDELIVERY = RedeliveryPolicy()
PATIENCE = 60
"""Seconds after which a test that waits has failed; nothing takes that long."""
_PAUSE, _LONGEST_PAUSE = 0.002, 0.05
"""Seconds between two looks."""

CONVERTER = Subscription(queue="converter", event_types=(ConversionRequested,))
NOTIFICATION = Subscription(queue="notification", event_types=(ConversionFailed,))
CLEANER = Subscription(queue="cleaner", event_types=(ConversionRequested, UserDeleted))


def requested(name: str) -> ConversionRequested:
    """Make an event that the converter and the cleaner take."""
    return ConversionRequested(id=EventId(f"{name}.2"), time=NOW, conversion_id=ConversionId(name))


def failed(name: str) -> ConversionFailed:
    """Make an event that the notification service takes."""
    return ConversionFailed(
        id=EventId(f"{name}.4"),
        time=NOW,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        conversion_id=ConversionId(name),
        owner_id=UserId("ada"),
        email="ada@example.org",
        video_name="Füße \N{LEFT DOUBLE QUOTATION MARK}1\N{RIGHT DOUBLE QUOTATION MARK} 🎬.mp4",
        code="no_audio_track",
        detail="The video has no audio track: choose one with sound.",
    )


class BrokerUnderTest(ABC):
    """A broker of its own for one test, and what the test needs to bring about around it."""

    publisher: EventPublisher
    consumer: EventConsumer
    other_consumer: EventConsumer
    """A consumer of the same queues that shares nothing else with the first, where the broker allows that."""
    queues: EventQueues
    dead_letters: DeadLetters

    @abstractmethod
    def now(self) -> datetime:
        """Tell the broker's time."""

    @abstractmethod
    async def pass_time(self, span: timedelta) -> None:
        """Let the broker's time pass, in steps that leave room for whatever its consumers do regularly."""

    @abstractmethod
    async def put(self, queue: str, text: str) -> None:
        """Put any text into a queue, as a faulty or a newer producer might."""

    @abstractmethod
    async def die_at_work(self, subscription: Subscription) -> None:
        """Take the next event of a queue in a consumer that dies before it answers."""


class Handler:
    """Notes the events that it is given, and answers as it was told: the last answer for ever."""

    def __init__(self, *answers: Disposition | Exception, now: Callable[[], datetime] = lambda: NOW) -> None:
        self.events: list[Event] = []
        self.times: list[datetime] = []
        self.answers = list(answers) or [Done()]
        self._now = now
        self._given = asyncio.Condition()

    async def __call__(self, event: Event) -> Disposition:
        async with self._given:
            self.events.append(event)
            self.times.append(self._now())
            self._given.notify_all()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def subjects(self) -> list[str]:
        """The subjects of the events that came, in their order."""
        return [event.subject for event in self.events]

    async def until(self, count: int) -> None:
        """Wait until this many events came."""
        async with asyncio.timeout(PATIENCE), self._given:
            await self._given.wait_for(lambda: len(self.events) >= count)


class Workshop:
    """A handler whose work takes until it is told to finish."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.finished: list[str] = []
        self.cancelled: list[str] = []
        self.at_work = 0
        self.most_at_work = 0
        self.may_finish = asyncio.Event()
        self._changed = asyncio.Condition()

    async def __call__(self, event: Event) -> Disposition:
        await self._note(self.started, event, 1)
        try:
            await self.may_finish.wait()
        except asyncio.CancelledError:
            await self._note(self.cancelled, event, -1)
            raise
        await self._note(self.finished, event, -1)
        return Done()

    async def _note(self, where: list[str], event: Event, change: int) -> None:
        self.at_work += change
        self.most_at_work = max(self.most_at_work, self.at_work)
        where.append(event.subject)
        async with self._changed:
            self._changed.notify_all()

    async def until_started(self, count: int) -> None:
        """Wait until work on this many events has begun."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.started) >= count)


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for a condition of which nobody tells: look, let everybody else run, look again.

    Servers and other threads need the processor too: looking without a pause would hold up what is waited for. The
    longer it takes, the longer the pauses are, as many a look asks a server.
    """
    pause = _PAUSE
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, _LONGEST_PAUSE)


@asynccontextmanager
async def consuming(
    consumer: EventConsumer, subscription: Subscription, handler: EventHandler
) -> AsyncIterator[asyncio.Task[None]]:
    """Consume while the block runs, then drain."""
    stopping = asyncio.Event()
    task = asyncio.create_task(consumer.consume(subscription, handler, stopping=stopping))
    try:
        yield task
    finally:
        stopping.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(task, return_exceptions=task.cancelled())


class EventBrokerContract(ABC):
    """To be inherited by a test class of each broker."""

    @abstractmethod
    def new_broker(self, folder: Path) -> AbstractAsyncContextManager[BrokerUnderTest]:
        """Make a broker without queues for one test, which may keep what it needs in the folder."""

    @pytest.fixture
    async def broker(self, tmp_path: Path) -> AsyncIterator[BrokerUnderTest]:
        async with self.new_broker(tmp_path) as broker:
            yield broker

    async def rest_of(self, broker: BrokerUnderTest, subscription: Subscription) -> list[str]:
        """Give the subjects of what a queue still holds, by emptying it far in the future."""
        await broker.pass_time(timedelta(hours=1))
        handler = Handler()
        of_all_types = replace(subscription, event_types=(ConversionRequested, ConversionFailed, UserDeleted))
        async with consuming(broker.consumer, of_all_types, handler):
            await broker.put(subscription.queue, encode_event(requested("the-last-one")))
            await handler.until(1)
            while "the-last-one" not in handler.subjects:
                await handler.until(len(handler.events) + 1)
        return [subject for subject in handler.subjects if subject != "the-last-one"]

    async def letters_in(self, broker: BrokerUnderTest, queue: str, count: int) -> Sequence[str]:
        """Wait until a queue has this many dead letters, and give their ids."""

        async def are_there() -> bool:
            return len(await broker.dead_letters.list(queue, limit=1000)) >= count

        await until(are_there)
        return [letter.id for letter in await broker.dead_letters.list(queue, limit=1000)]

    # Publishing

    async def test_an_event_published_before_any_queue_exists_is_unroutable(
        self, broker: BrokerUnderTest
    ) -> None:
        with pytest.raises(UnroutableEventError) as caught:
            await broker.publisher.publish(requested("a"))

        assert caught.value.event_type == ConversionRequested.type

    async def test_an_event_that_no_queue_takes_is_unroutable_and_held_nowhere(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([NOTIFICATION])

        with pytest.raises(UnroutableEventError):
            await broker.publisher.publish(requested("a"))

        await broker.consumer.declare([NOTIFICATION, CONVERTER])
        assert await self.rest_of(broker, NOTIFICATION) == []
        assert await self.rest_of(broker, CONVERTER) == []

    async def test_each_queue_gets_the_types_it_takes_and_no_others(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER, CLEANER, NOTIFICATION])

        await broker.publisher.publish(requested("a"))
        await broker.publisher.publish(failed("b"))

        assert await self.rest_of(broker, CONVERTER) == ["a"]
        assert await self.rest_of(broker, CLEANER) == ["a"]
        assert await self.rest_of(broker, NOTIFICATION) == ["b"]

    async def test_an_event_arrives_as_it_was_published(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([NOTIFICATION])
        handler = Handler()

        async with consuming(broker.consumer, NOTIFICATION, handler):
            await broker.publisher.publish(failed("a"))
            await handler.until(1)

        assert handler.events == [failed("a")]

    async def test_an_event_published_twice_is_delivered_twice(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])

        await broker.publisher.publish(requested("a"))
        await broker.publisher.publish(requested("a"))

        assert await self.rest_of(broker, CONVERTER) == ["a", "a"]

    async def test_events_published_at_the_same_time_all_arrive(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])
        names = [f"conversion-{number}" for number in range(50)]

        await asyncio.gather(*(broker.publisher.publish(requested(name)) for name in names))

        assert sorted(await self.rest_of(broker, CONVERTER)) == sorted(names)

    async def test_declaring_again_changes_nothing(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER, CLEANER])
        await broker.publisher.publish(requested("a"))

        await broker.consumer.declare([CONVERTER, CLEANER])
        await broker.other_consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("b"))

        assert await self.rest_of(broker, CONVERTER) == ["a", "b"]
        assert await self.rest_of(broker, CLEANER) == ["a", "b"]

    # What waits

    async def test_what_a_consumer_could_take_now_is_counted(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER, CLEANER])
        for name in ("a", "b", "c"):
            await broker.publisher.publish(requested(name))

        async def all_wait() -> bool:
            return await broker.queues.waiting("converter") == 3

        await until(all_wait)
        assert await self.rest_of(broker, CONVERTER) == ["a", "b", "c"]

        async def none_waits() -> bool:
            return await broker.queues.waiting("converter") == 0

        await until(none_waits)
        assert await broker.queues.waiting("cleaner") == 3

    async def test_a_queue_that_is_not_there_holds_nothing(self, broker: BrokerUnderTest) -> None:
        assert await broker.queues.waiting("converter") == 0

    async def test_what_is_at_work_or_dead_is_not_counted(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        async with consuming(broker.consumer, CONVERTER, Handler(DeadLetter("no attempt is left"))):
            await self.letters_in(broker, "converter", 1)
        workshop = Workshop()
        await broker.publisher.publish(requested("b"))

        async with consuming(broker.consumer, CONVERTER, workshop):
            await workshop.until_started(1)

            async def none_waits() -> bool:
                return await broker.queues.waiting("converter") == 0

            await until(none_waits)
            workshop.may_finish.set()

    # What the handler answers

    async def test_an_event_that_is_done_is_never_redelivered(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        handler = Handler(Done())

        async with consuming(broker.consumer, CONVERTER, handler):
            await handler.until(1)

        assert await self.rest_of(broker, CONVERTER) == []

    async def test_an_event_to_be_retried_is_redelivered_not_before_its_delay_is_over(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        handler = Handler(RetryAfter(timedelta(seconds=20), "somebody else is at it"), Done(), now=broker.now)

        async with consuming(broker.consumer, CONVERTER, handler):
            await handler.until(1)
            await broker.pass_time(timedelta(seconds=15))
            await broker.publisher.publish(requested("b"))
            await handler.until(2)
            await broker.pass_time(timedelta(seconds=6))
            await handler.until(3)

        assert handler.subjects == ["a", "b", "a"]
        assert handler.times[2] - handler.times[0] >= timedelta(seconds=20)
        assert await self.rest_of(broker, CONVERTER) == []

    async def test_a_dead_event_is_dead_lettered_with_its_reason(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER, CLEANER])
        await broker.publisher.publish(requested("a"))
        handler = Handler(DeadLetter("no attempt is left"))

        async with consuming(broker.consumer, CONVERTER, handler):
            await self.letters_in(broker, "converter", 1)
        (letter,) = await broker.dead_letters.list("converter", limit=10)

        assert await broker.dead_letters.get("converter", letter.id) == letter
        assert letter.queue == "converter"
        assert letter.reason == "no attempt is left"
        assert decode_event(letter.event) == requested("a")
        assert abs(letter.died_at - broker.now()) < timedelta(seconds=PATIENCE)
        assert await broker.dead_letters.list("cleaner", limit=10) == ()
        assert await self.rest_of(broker, CONVERTER) == []

    async def test_dead_letters_are_listed_oldest_first_and_no_more_than_asked_for(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([CONVERTER])
        handler = Handler(DeadLetter("no attempt is left"))

        async with consuming(broker.consumer, CONVERTER, handler):
            for count, name in enumerate(["a", "b", "c"], 1):
                await broker.publisher.publish(requested(name))
                await self.letters_in(broker, "converter", count)

        letters = await broker.dead_letters.list("converter", limit=2)
        assert [decode_event(letter.event).subject for letter in letters] == ["a", "b"]
        assert len(await broker.dead_letters.list("converter", limit=4)) == 3

    async def test_a_queue_that_nobody_declared_has_no_dead_letters(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])

        assert await broker.dead_letters.list("elsewhere", limit=10) == ()

    async def test_a_redriven_event_is_delivered_again_by_its_own_queue_only(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([CONVERTER, CLEANER])
        await broker.publisher.publish(requested("a"))
        handler = Handler(DeadLetter("no attempt is left"), Done())

        async with consuming(broker.consumer, CONVERTER, handler):
            (letter_id,) = await self.letters_in(broker, "converter", 1)
            await broker.dead_letters.redrive("converter", letter_id)
            await handler.until(2)

        assert handler.events == [requested("a"), requested("a")]
        assert await broker.dead_letters.list("converter", limit=10) == ()
        assert await self.rest_of(broker, CONVERTER) == []
        assert await self.rest_of(broker, CLEANER) == ["a"]

    async def test_a_dead_letter_that_is_not_there_is_neither_given_nor_redriven(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([CONVERTER, CLEANER])
        await broker.publisher.publish(requested("a"))
        async with consuming(broker.consumer, CONVERTER, Handler(DeadLetter("no attempt is left"))):
            (letter_id,) = await self.letters_in(broker, "converter", 1)

        for queue, missing in [("cleaner", letter_id), ("converter", "no-such-letter"), ("converter", "")]:
            for call in (broker.dead_letters.get, broker.dead_letters.redrive):
                with pytest.raises(DeadLetterNotFoundError) as caught:
                    await call(queue, missing)
                assert (caught.value.queue, caught.value.letter_id) == (queue, missing)

        await broker.dead_letters.redrive("converter", letter_id)
        with pytest.raises(DeadLetterNotFoundError):
            await broker.dead_letters.redrive("converter", letter_id)
        assert await self.rest_of(broker, CONVERTER) == ["a"]

    # Events that can't be handled

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (encode_event(requested("a")).replace("conversion_id", "id"), "its data lacks conversion_id"),
            *thorough((text, "it is not valid JSON") for text in ("\x00{", "", '{"specversion": "1.0"')),
        ],
        ids=["incomplete", "binary", "empty", "cut-off"],
    )
    async def test_an_event_that_is_not_readable_is_dead_lettered_and_blocks_nothing(
        self, broker: BrokerUnderTest, text: str, reason: str
    ) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.put("converter", text)
        await broker.publisher.publish(requested("b"))
        handler = Handler()

        async with consuming(broker.consumer, CONVERTER, handler):
            await handler.until(1)
            await self.letters_in(broker, "converter", 1)

        (letter,) = await broker.dead_letters.list("converter", limit=10)
        assert letter.event == text
        assert reason in letter.reason
        assert handler.subjects == ["b"]
        assert await self.rest_of(broker, CONVERTER) == []

    async def test_an_older_consumer_leaves_what_it_does_not_take_for_a_newer_one(
        self, broker: BrokerUnderTest
    ) -> None:
        """As in a rolling upgrade: the newer release has bound the queue to one type more."""
        older = Subscription(queue=CLEANER.queue, event_types=(ConversionRequested,))
        deleted = UserDeleted(id=EventId("ada.1"), time=NOW, user_id=UserId("ada"))
        await broker.consumer.declare([CLEANER])
        await broker.publisher.publish(deleted)
        await broker.publisher.publish(requested("a"))
        before, after = Handler(), Handler()

        async with consuming(broker.consumer, older, before):
            await before.until(1)
            await broker.pass_time(REDELIVERY.delay_after(1))
            await broker.publisher.publish(requested("b"))
            await before.until(2)
        async with consuming(broker.other_consumer, CLEANER, after):
            await broker.pass_time(REDELIVERY.longest_delay)
            await after.until(1)

        assert before.subjects == ["a", "b"]
        assert after.events == [deleted]
        assert not await broker.dead_letters.list(CLEANER.queue, limit=10)
        assert await self.rest_of(broker, CLEANER) == []

    async def test_an_event_whose_handler_raises_is_redelivered_with_a_growing_delay(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        handler = Handler(KeyError("x"), Done(), KeyError("y"), Done(), KeyError("z"), Done(), now=broker.now)

        async with consuming(broker.consumer, CONVERTER, handler):
            for failures in (1, 2, 3):
                await handler.until(2 * failures - 1)
                await broker.pass_time(REDELIVERY.delay_after(failures) - timedelta(milliseconds=100))
                await broker.publisher.publish(requested("in between"))
                await handler.until(2 * failures)
                await broker.pass_time(timedelta(milliseconds=200))
            await handler.until(7)

        assert handler.subjects == ["a", "in between", "a", "in between", "a", "in between", "a"]
        times = handler.times[::2]
        waits = [later - earlier for earlier, later in pairwise(times)]
        assert waits[0] >= REDELIVERY.delay_after(1)
        assert waits[1] >= REDELIVERY.delay_after(2) > REDELIVERY.delay_after(1)
        assert waits[2] >= REDELIVERY.delay_after(3) > REDELIVERY.delay_after(2)
        assert await self.rest_of(broker, CONVERTER) == []

    async def test_each_failure_of_a_handler_is_logged_once_with_its_cause(
        self, broker: BrokerUnderTest, caplog: pytest.LogCaptureFixture
    ) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        causes = [KeyError("first"), OSError("second")]
        handler = Handler(*causes, Done())

        with caplog.at_level(logging.WARNING):
            async with consuming(broker.consumer, CONVERTER, handler):
                await handler.until(1)
                await broker.pass_time(REDELIVERY.delay_after(1))
                await handler.until(2)
                await broker.pass_time(REDELIVERY.delay_after(2))
                await handler.until(3)

        assert [record.exc_info[1] for record in caplog.records if record.exc_info] == causes
        assert len(caplog.records) == len(causes)
        assert all("a.2" in record.getMessage() for record in caplog.records)

    async def test_a_handler_that_failed_does_not_hold_up_other_events(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        await broker.publisher.publish(requested("b"))
        handler = Handler(KeyError("x"), Done())

        async with consuming(broker.consumer, CONVERTER, handler):
            await handler.until(2)

        assert handler.subjects == ["a", "b"]
        assert await self.rest_of(broker, CONVERTER) == ["a"]

    async def test_a_handler_that_never_waits_leaves_room_for_others(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        count = 0

        async def handler(_: Event) -> Disposition:
            nonlocal count
            count += 1
            return RetryAfter(timedelta(0), "again at once")

        async with consuming(broker.consumer, CONVERTER, handler):
            await until(lambda: count > 10)

        assert await self.rest_of(broker, CONVERTER) == ["a"]

    # Many at once, and the end

    async def test_a_consumer_started_later_gets_what_waited(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        await broker.pass_time(timedelta(hours=1))
        handler = Handler()

        async with consuming(broker.other_consumer, CONVERTER, handler):
            await handler.until(1)

        assert handler.subjects == ["a"]

    async def test_as_many_events_are_at_work_at_once_as_allowed_and_no_more(
        self, broker: BrokerUnderTest
    ) -> None:
        three_at_once = Subscription(queue="converter", event_types=(ConversionRequested,), concurrency=3)
        await broker.consumer.declare([three_at_once])
        for number in range(8):
            await broker.publisher.publish(requested(f"conversion-{number}"))
        workshop = Workshop()

        async with consuming(broker.consumer, three_at_once, workshop):
            await workshop.until_started(3)
            workshop.may_finish.set()
            await workshop.until_started(8)

        assert workshop.most_at_work == 3
        assert len(set(workshop.finished)) == 8

    async def test_two_consumers_share_the_work_and_no_event_comes_twice(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([CONVERTER])
        names = [f"conversion-{number}" for number in range(30)]
        handler = Handler()

        async with (
            consuming(broker.consumer, CONVERTER, handler),
            consuming(broker.other_consumer, CONVERTER, handler),
        ):
            for name in names:
                await broker.publisher.publish(requested(name))
            await handler.until(len(names))

        assert sorted(handler.subjects) == sorted(names)
        assert await self.rest_of(broker, CONVERTER) == []

    async def test_long_work_keeps_its_event(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        workshop, other = Workshop(), Handler()

        async with consuming(broker.consumer, CONVERTER, workshop):
            await workshop.until_started(1)
            async with consuming(broker.other_consumer, CONVERTER, other):
                await broker.pass_time(timedelta(minutes=5))
                await broker.publisher.publish(requested("b"))
                await other.until(1)
            workshop.may_finish.set()

        assert workshop.finished == ["a"]
        assert other.subjects == ["b"]
        assert await self.rest_of(broker, CONVERTER) == []

    async def test_stopping_takes_nothing_new_and_finishes_what_is_at_work(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        await broker.publisher.publish(requested("b"))
        workshop = Workshop()
        stopping = asyncio.Event()
        call = asyncio.create_task(broker.consumer.consume(CONVERTER, workshop, stopping=stopping))
        await workshop.until_started(1)

        stopping.set()
        await broker.pass_time(timedelta(minutes=1))
        assert not call.done()
        workshop.may_finish.set()
        async with asyncio.timeout(PATIENCE):
            await call

        assert workshop.started == workshop.finished == ["a"]
        assert await self.rest_of(broker, CONVERTER) == ["b"]

    async def test_stopping_ends_a_consumer_that_waits(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])
        handler = Handler()

        async with consuming(broker.consumer, CONVERTER, handler):
            await broker.publisher.publish(requested("a"))
            await handler.until(1)

        assert handler.subjects == ["a"]

    async def test_a_consumer_that_is_told_to_stop_before_it_starts_takes_nothing(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        handler = Handler()
        stopping = asyncio.Event()
        stopping.set()

        async with asyncio.timeout(PATIENCE):
            await broker.consumer.consume(CONVERTER, handler, stopping=stopping)

        assert handler.events == []
        assert await self.rest_of(broker, CONVERTER) == ["a"]

    async def test_cancelling_cancels_the_handlers_and_their_events_are_redelivered(
        self, broker: BrokerUnderTest
    ) -> None:
        two_at_once = Subscription(queue="converter", event_types=(ConversionRequested,), concurrency=2)
        await broker.consumer.declare([two_at_once])
        await broker.publisher.publish(requested("a"))
        await broker.publisher.publish(requested("b"))
        workshop, handler = Workshop(), Handler()
        call = asyncio.create_task(broker.consumer.consume(two_at_once, workshop, stopping=asyncio.Event()))
        await workshop.until_started(2)

        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert sorted(workshop.cancelled) == ["a", "b"]
        async with consuming(broker.other_consumer, CONVERTER, handler):
            await handler.until(2)
        assert sorted(handler.subjects) == ["a", "b"]

    async def test_a_handler_that_swallows_its_cancellation_does_not_keep_the_consumer_alive(
        self, broker: BrokerUnderTest
    ) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))
        await broker.publisher.publish(requested("b"))
        started: list[str] = []
        begun = asyncio.Event()

        async def stubborn(event: Event) -> Disposition:
            started.append(event.subject)
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return Done()
            raise AssertionError("nothing sets that event")

        call = asyncio.create_task(broker.consumer.consume(CONVERTER, stubborn, stopping=asyncio.Event()))
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

        assert started == ["a"]
        assert await self.rest_of(broker, CONVERTER) == ["b"]

    async def test_an_event_whose_consumer_died_is_redelivered(self, broker: BrokerUnderTest) -> None:
        await broker.consumer.declare([CONVERTER])
        await broker.publisher.publish(requested("a"))

        await broker.die_at_work(CONVERTER)

        assert await self.rest_of(broker, CONVERTER) == ["a"]
