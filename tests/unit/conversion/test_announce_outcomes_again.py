from typing_extensions import override

from tests.contracts.examples import NOW
from tests.unit.builders import completed, failed, queued
from tracklift_adapters.in_memory.conversions import InMemoryConversionRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_domain.conversion.announcing.announce_outcomes_again import AnnounceOutcomesAgain
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed
from tracklift_domain.events import Event
from tracklift_domain.messaging.ports import EventPublisher


class Publisher(EventPublisher):
    """Keeps what is published."""

    def __init__(self) -> None:
        self.published: list[Event] = []

    @override
    async def publish(self, event: Event) -> None:
        self.published.append(event)


async def test_outcomes_are_announced_by_the_events_that_announced_them_first() -> None:
    """With the ids that the log of deliveries knows, so that no mail is sent twice."""
    conversions, publisher = InMemoryConversionRepository(InMemoryOutbox()), Publisher()
    for conversion in (completed(1), failed(2), queued(3)):
        await conversions.add(conversion)

    announced = await AnnounceOutcomesAgain(inventory=conversions, publisher=publisher)(NOW)

    assert announced == 2
    assert publisher.published == [ConversionCompleted.of(completed(1)), ConversionFailed.of(failed(2))]
