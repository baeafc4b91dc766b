import asyncio
from collections.abc import Sequence

import pytest
from typing_extensions import override

from tests.contracts.examples import NOW
from tests.unit.builders import FINAL, completed, failed
from tests.unit.faults import down, raising
from tests.unit.workshop import ATTEMPTS, Workshop
from tracklift_adapters.in_memory.event_broker import InMemoryEventBroker
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionCompleted, ConversionRequested
from tracklift_domain.conversion.running.redrive_dead_letter import RedriveDeadLetter
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, DeadLetterRecord, Disposition, Done, Subscription
from tracklift_domain.messaging.errors import DeadLetterNotFoundError
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_runtime.cloud_events import decode_event

QUEUE = Subscription(queue="converter", event_types=(ConversionRequested, ConversionCompleted))


class Desk:
    """A queue beside a workshop, and the operator's use case."""

    def __init__(self, workshop: Workshop) -> None:
        self.broker = InMemoryEventBroker(workshop.clock, RedeliveryPolicy())
        self.redrive = RedriveDeadLetter(
            dead_letters=self.broker,
            read_event=decode_event,
            conversions=workshop.conversions,
            clock=workshop.clock,
            attempts=ATTEMPTS,
        )

    async def dead_letter(self, event: Event) -> DeadLetterRecord:
        """Let the queue take an event and set it aside."""
        await self.broker.declare([QUEUE])
        await self.broker.publish(event)
        await self.handle(DeadLetter("the disk was on fire"))
        (letter,) = await self.letters()
        return letter

    async def handle(self, answer: Disposition) -> Event:
        """Handle the next event of the queue with an answer, and give it."""
        stopping = asyncio.Event()
        handled: list[Event] = []

        async def handler(event: Event) -> Disposition:
            handled.append(event)
            stopping.set()
            return answer

        await self.broker.consume(QUEUE, handler, stopping=stopping)
        (event,) = handled
        return event

    async def letters(self) -> Sequence[DeadLetterRecord]:
        """Give what is dead-lettered."""
        return await self.broker.list(QUEUE.queue, limit=10)


@pytest.fixture
def desk(workshop: Workshop) -> Desk:
    """Give a queue."""
    return Desk(workshop)


async def test_a_failed_conversion_gets_new_attempts_with_its_request(workshop: Workshop, desk: Desk) -> None:
    """It is requested twice then, which a worker bears; neither alone could get lost unnoticed."""
    conversion = await workshop.keep(failed())
    letter = await desk.dead_letter(request := ConversionRequested.of(conversion))

    await desk.redrive(QUEUE.queue, letter.id)

    again = await workshop.the_conversion()
    assert (again.state, again.attempts_left) == (ConversionState.QUEUED, ATTEMPTS.attempts)
    assert await workshop.events() == [ConversionRequested.of(again)]
    assert await desk.handle(Done()) == request
    assert await desk.letters() == ()


@pytest.mark.parametrize("conversion", [failed(failure=FINAL), completed(), None])
async def test_a_request_that_finds_nothing_to_try_again_is_put_back_all_the_same(
    workshop: Workshop, desk: Desk, conversion: Conversion | None
) -> None:
    """The conversion stays as it is: final, done meanwhile, or deleted."""
    if conversion is not None:
        await workshop.keep(conversion)
    letter = await desk.dead_letter(request := ConversionRequested.of(failed()))

    await desk.redrive(QUEUE.queue, letter.id)

    assert await workshop.owned() == ([] if conversion is None else [conversion])
    assert await workshop.events() == []
    assert await desk.handle(Done()) == request


async def test_another_event_is_put_back_and_no_conversion_changed(workshop: Workshop, desk: Desk) -> None:
    """Such as one whose mail was refused."""
    conversion = await workshop.keep(failed())
    letter = await desk.dead_letter(event := ConversionCompleted.of(completed()))

    await desk.redrive(QUEUE.queue, letter.id)

    assert await workshop.the_conversion() == conversion
    assert await desk.handle(Done()) == event


async def test_what_is_not_an_event_is_put_back_too(workshop: Workshop) -> None:
    """A newer release may be able to read it."""
    redriven: list[tuple[str, str]] = []

    class Unreadable(InMemoryEventBroker):
        @override
        async def get(self, queue: str, letter_id: str) -> DeadLetterRecord:
            return DeadLetterRecord(id=letter_id, queue=queue, event="{", reason="no event", died_at=NOW)

        @override
        async def redrive(self, queue: str, letter_id: str) -> None:
            redriven.append((queue, letter_id))

    redrive = RedriveDeadLetter(
        dead_letters=Unreadable(workshop.clock, RedeliveryPolicy()),
        read_event=decode_event,
        conversions=workshop.conversions,
        clock=workshop.clock,
        attempts=ATTEMPTS,
    )

    await redrive("converter", "7")

    assert redriven == [("converter", "7")]


async def test_a_letter_that_is_not_there_is_not_found(workshop: Workshop, desk: Desk) -> None:
    """Nothing is changed."""
    conversion = await workshop.keep(failed())
    letter = await desk.dead_letter(ConversionRequested.of(conversion))

    with pytest.raises(DeadLetterNotFoundError):
        await desk.redrive(QUEUE.queue, f"{letter.id}0")

    assert await workshop.the_conversion() == conversion
    assert await desk.letters() == (letter,)


async def test_a_storage_that_is_down_is_said_and_the_letter_stays(workshop: Workshop, desk: Desk) -> None:
    """So it can be done again."""
    conversion = await workshop.keep(failed())
    letter = await desk.dead_letter(ConversionRequested.of(conversion))
    workshop.faults.before("replace", raising(down()))

    with pytest.raises(ServiceUnavailableError):
        await desk.redrive(QUEUE.queue, letter.id)

    assert await desk.letters() == (letter,)
