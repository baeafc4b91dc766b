"""Outcomes of which notification has not confirmed that it dealt with them."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.contracts.examples import NOW, SECOND
from tests.unit.builders import completed, expired, failed, queued
from tests.unit.faults import down, raising
from tests.unit.workshop import RETENTION, Workshop
from tracklift_adapters.in_memory.event_broker import InMemoryEventBroker
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.messaging.delivery import Subscription
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.queues import OUTCOME_QUEUE
from tracklift_domain.messaging.room import room_in

NOTIFICATION = Subscription(queue=OUTCOME_QUEUE, event_types=(ConversionCompleted, ConversionFailed))


@pytest.fixture(autouse=True)
async def queue(workshop: Workshop) -> None:
    """Have a queue for outcomes."""
    await workshop.broker.inner.declare([NOTIFICATION])


async def empty_queue(workshop: Workshop) -> None:
    """Take out what waits, as a purge does."""
    workshop.broker.inner = InMemoryEventBroker(workshop.clock, RedeliveryPolicy())
    await workshop.broker.inner.declare([NOTIFICATION])


async def test_an_outcome_is_announced_again_by_the_event_that_announced_it_first(workshop: Workshop) -> None:
    """With the id that the log of deliveries knows, so that no mail is sent twice."""
    await workshop.stored.add(completed(1))
    await workshop.stored.add(failed(2))
    workshop.clock.advance(RETENTION.stalled + SECOND)
    assert await workshop.announce_unconfirmed()() == 2
    assert workshop.broker.published == [
        ConversionCompleted.of(completed(1)),
        ConversionFailed.of(failed(2)),
    ]


async def test_one_that_may_still_be_confirmed_is_let_alone(workshop: Workshop) -> None:
    await workshop.stored.add(completed())
    workshop.clock.advance(RETENTION.stalled)
    assert await workshop.announce_unconfirmed()() == 0


async def test_a_confirmed_one_is_never_announced(workshop: Workshop) -> None:
    await workshop.stored.add(replace(completed(), unconfirmed_since=None))
    workshop.clock.advance(timedelta(days=1))
    assert await workshop.announce_unconfirmed()() == 0


async def test_each_is_announced_at_growing_intervals(workshop: Workshop) -> None:
    """Mails that wait for a server that is down are not lost, and must not become a flood."""
    await workshop.stored.add(completed())
    announced: list[timedelta] = []
    for minute in range(8 * 60):
        workshop.clock.set(NOW + timedelta(minutes=minute))
        if await workshop.announce_unconfirmed()():
            announced.append(workshop.clock.now() - NOW)
        await empty_queue(workshop)

    minutes = [round(span.total_seconds() / 60) for span in announced]
    assert minutes[0] <= 5
    waits = [later - earlier for earlier, later in pairwise(minutes)]
    assert waits == sorted(waits)
    assert 50 <= max(waits) <= 62
    assert len(minutes) <= 14


async def test_none_is_announced_while_many_wait_to_be_told(workshop: Workshop) -> None:
    for number in range(150):
        await workshop.stored.add(completed(number))
    workshop.clock.advance(RETENTION.stalled + SECOND)
    assert await workshop.announce_unconfirmed()() == 100
    assert await workshop.announce_unconfirmed()() == 0
    await empty_queue(workshop)
    assert await workshop.announce_unconfirmed()() == 50


async def test_nothing_is_announced_while_the_broker_is_down(workshop: Workshop) -> None:
    await workshop.stored.add(completed())
    workshop.clock.advance(RETENTION.stalled + SECOND)
    workshop.faults.before("waiting", raising(down()))
    assert await workshop.announce_unconfirmed()() == 0
    assert await workshop.announce_unconfirmed()() == 1


@pytest.mark.parametrize("error", [down(), UnroutableEventError("x")])
async def test_what_could_not_be_announced_has_its_turn_the_next_time(
    workshop: Workshop, error: Exception
) -> None:
    await workshop.stored.add(completed())
    workshop.clock.advance(RETENTION.stalled + SECOND)
    workshop.faults.before("publish_event", raising(error))
    with pytest.raises(type(error)):
        await workshop.announce_unconfirmed()()
    assert await workshop.announce_unconfirmed()() == 1


@pytest.mark.parametrize("conversion", [queued(), expired()])
async def test_a_mark_without_an_outcome_is_taken_away(workshop: Workshop, conversion: Conversion) -> None:
    """The release before leaves it where a conversion is retried or expires."""
    await workshop.stored.add(replace(conversion, unconfirmed_since=NOW))
    workshop.clock.advance(RETENTION.stalled + SECOND)
    assert await workshop.announce_unconfirmed()() == 0
    assert await workshop.the_conversion() == conversion
    assert workshop.broker.published == []


async def test_a_queue_with_more_than_the_most_has_no_room(workshop: Workshop) -> None:
    for number in range(3):
        event = replace(ConversionCompleted.of(completed()), conversion_id=ConversionId(str(number)))
        await workshop.broker.publish(event)
    assert await room_in(workshop.broker, OUTCOME_QUEUE, most=5) == 2
    assert await room_in(workshop.broker, OUTCOME_QUEUE, most=2) == 0
