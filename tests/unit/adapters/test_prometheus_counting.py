"""Events are counted on their way, and nothing else about them changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from typing_extensions import override

from tests.contracts.event_broker import (
    NOW,
    REDELIVERY,
    BrokerUnderTest,
    EventBrokerContract,
    Handler,
    Workshop,
)
from tests.unit.adapters.test_in_memory_event_broker import InMemoryBrokerUnderTest
from tests.unit.builders import completed, failed, queued
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.event_broker import InMemoryEventBroker
from tracklift_adapters.prometheus.consumer import CountedConsumer
from tracklift_adapters.prometheus.media_losses import CountedMediaLosses
from tracklift_adapters.prometheus.publisher import CountedPublisher
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed, ConversionRequested
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Done, RetryAfter, Subscription
from tracklift_domain.messaging.errors import UnroutableEventError

ALL = Subscription(queue="all", event_types=(ConversionRequested, ConversionCompleted, ConversionFailed))
AT_ONCE = timedelta(0)


class CountedBrokerUnderTest(InMemoryBrokerUnderTest):
    """The broker in memory, with all that goes in and out counted."""

    def __init__(self) -> None:
        super().__init__()
        self.publisher = CountedPublisher(self._broker)
        self.consumer = self.other_consumer = CountedConsumer(self._broker)


class TestCountedBroker(EventBrokerContract):
    @override
    @asynccontextmanager
    async def new_broker(self, folder: Path) -> AsyncIterator[BrokerUnderTest]:
        yield CountedBrokerUnderTest()


class Figures:
    """How much figures have grown since the test began."""

    def __init__(self) -> None:
        self._before = self._now()

    def grown(self, name: str, **labels: str) -> float:
        """Tell by how much one has."""
        key = (name, tuple(sorted(labels.items())))
        return self._now().get(key, 0) - self._before.get(key, 0)

    @staticmethod
    def _now() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for metric in REGISTRY.collect()
            for sample in metric.samples
        }


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
def broker() -> InMemoryEventBroker:
    return InMemoryEventBroker(ManualClock(NOW), REDELIVERY, look_every=timedelta(milliseconds=2))


async def consume_all(broker: InMemoryEventBroker, handler: Handler, deliveries: int, *events: Event) -> None:
    """Publish events and handle them, until there were so many deliveries."""
    seconds = iter(range(0, 1000, 3))
    consumer = CountedConsumer(broker, clock=lambda: next(seconds))
    await consumer.declare([ALL])
    for event in events:
        await broker.publish(event)
    stopping = asyncio.Event()
    consuming = asyncio.create_task(consumer.consume(ALL, handler, stopping=stopping))
    await handler.until(deliveries)
    stopping.set()
    await consuming


async def test_what_becomes_of_an_event_is_counted_for_its_queue(
    broker: InMemoryEventBroker, figures: Figures
) -> None:
    handler = Handler(Done(), RetryAfter(AT_ONCE, "busy"), DeadLetter("broken"), Done())

    await consume_all(broker, handler, 4, *(ConversionRequested.of(queued(number)) for number in (1, 2, 3)))

    for outcome, count in {"done": 2, "again": 1, "set_aside": 1, "raised": 0, "broken_off": 0}.items():
        assert figures.grown("tracklift_events_handled_total", queue="all", outcome=outcome) == count


async def test_the_time_is_taken_of_events_that_are_done(
    broker: InMemoryEventBroker, figures: Figures
) -> None:
    """Of a conversion, that is how long it took; one that failed for a passing reason would only blur it."""
    handler = Handler(RetryAfter(AT_ONCE, "busy"), Done())

    await consume_all(broker, handler, 2, ConversionRequested.of(queued()))

    assert figures.grown("tracklift_event_handling_seconds_count", queue="all") == 1
    assert figures.grown("tracklift_event_handling_seconds_sum", queue="all") == 3


def test_losses_are_counted_by_what_is_lost(figures: Figures) -> None:
    """Both figures are there before the first loss, as an increase shows only then."""
    assert REGISTRY.get_sample_value("tracklift_media_lost_total", {"kind": "video"}) is not None
    assert REGISTRY.get_sample_value("tracklift_media_lost_total", {"kind": "audio"}) is not None
    conversion = completed()
    losses = CountedMediaLosses()

    losses.report(conversion.source_media_id)
    losses.report(conversion.audio_media_id(12))
    losses.report(conversion.audio_media_id(12))

    assert figures.grown("tracklift_media_lost_total", kind="video") == 1
    assert figures.grown("tracklift_media_lost_total", kind="audio") == 2


async def test_a_handler_that_raises_is_counted_and_its_event_is_redelivered(
    broker: InMemoryEventBroker, figures: Figures
) -> None:
    await consume_all(broker, Handler(OSError("no")), 1, ConversionRequested.of(queued()))

    assert figures.grown("tracklift_events_handled_total", queue="all", outcome="raised") == 1


async def test_work_that_is_broken_off_is_counted(broker: InMemoryEventBroker, figures: Figures) -> None:
    workshop, consumer = Workshop(), CountedConsumer(broker)
    await consumer.declare([ALL])
    await broker.publish(ConversionRequested.of(queued()))
    consuming = asyncio.create_task(consumer.consume(ALL, workshop, stopping=asyncio.Event()))
    await workshop.until_started(1)

    consuming.cancel()
    await asyncio.gather(consuming, return_exceptions=True)

    assert figures.grown("tracklift_events_handled_total", queue="all", outcome="broken_off") == 1


async def test_outcomes_of_conversions_are_counted_as_they_are_announced(
    broker: InMemoryEventBroker, figures: Figures
) -> None:
    publisher = CountedPublisher(broker)
    await broker.declare([ALL])
    ready = replace(ConversionCompleted.of(completed()), audio_duration=12.5, audio_size=300_000)
    broken = replace(ConversionFailed.of(failed()), code="no_audio_track")

    for event in (ready, ready, broken):
        await publisher.publish(event)

    assert figures.grown("tracklift_events_published_total", type=ConversionCompleted.type) == 2
    assert figures.grown("tracklift_conversions_ended_total", outcome="completed") == 2
    assert figures.grown("tracklift_conversions_ended_total", outcome="no_audio_track") == 1
    assert figures.grown("tracklift_audio_seconds_total") == 25
    assert figures.grown("tracklift_audio_bytes_total") == 600_000


async def test_an_event_that_was_not_published_is_not_counted(
    broker: InMemoryEventBroker, figures: Figures
) -> None:
    with pytest.raises(UnroutableEventError):
        await CountedPublisher(broker).publish(ConversionRequested.of(queued()))

    assert figures.grown("tracklift_events_published_total", type=ConversionRequested.type) == 0
