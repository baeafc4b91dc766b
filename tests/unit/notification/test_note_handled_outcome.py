"""What a confirmation does to the record of the conversion."""

from dataclasses import replace

import pytest

from tests.contracts.examples import NOW, SECOND
from tests.unit.builders import PASSING, completed, expired, failed, queued
from tests.unit.faults import down, raising
from tests.unit.workshop import Workshop
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.events import ConversionCompleted, outcome_of
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import DeadLetter, Done
from tracklift_domain.notification.events import OutcomeHandled
from tracklift_domain.notification.note_handled_outcome import NoteHandledOutcome


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def note(workshop: Workshop) -> NoteHandledOutcome:
    return NoteHandledOutcome(conversions=workshop.conversions)


@pytest.mark.parametrize("conversion", [completed(), failed()])
async def test_a_confirmed_outcome_is_unconfirmed_no_more_and_otherwise_as_before(
    workshop: Workshop, note: NoteHandledOutcome, conversion: Conversion
) -> None:
    await workshop.stored.add(conversion)
    assert await note(handled(conversion)) == Done()
    assert await workshop.the_conversion() == replace(conversion, unconfirmed_since=None)


async def test_a_confirmation_of_an_earlier_outcome_says_nothing_of_this_one(
    workshop: Workshop, note: NoteHandledOutcome
) -> None:
    earlier = failed()
    again = earlier.retry(NOW, attempts=1).claim(NOW, holder="worker", lease_for=SECOND)
    later = again.give_up(NOW, failure=PASSING, keep_for=SECOND)
    await workshop.stored.add(later)
    assert await note(handled(earlier)) == Done()
    assert await workshop.the_conversion() == later


@pytest.mark.parametrize("conversion", [queued(), expired()])
async def test_a_confirmation_of_what_has_no_outcome_any_more_is_dropped(
    workshop: Workshop, note: NoteHandledOutcome, conversion: Conversion
) -> None:
    await workshop.stored.add(conversion)
    assert await note(handled(completed())) == Done()
    assert await workshop.the_conversion() == conversion


async def test_a_confirmation_for_a_deleted_conversion_is_dropped(note: NoteHandledOutcome) -> None:
    assert await note(handled(completed())) == Done()


async def test_anything_else_is_dead(note: NoteHandledOutcome) -> None:
    assert isinstance(await note(ConversionCompleted.of(completed())), DeadLetter)


async def test_a_storage_that_is_down_lets_the_confirmation_be_redelivered(
    workshop: Workshop, note: NoteHandledOutcome
) -> None:
    await workshop.stored.add(completed())
    workshop.faults.before("note_announcement", raising(down()))
    with pytest.raises(ServiceUnavailableError):
        await note(handled(completed()))


def handled(conversion: Conversion) -> OutcomeHandled:
    """Confirm the outcome of a conversion."""
    return OutcomeHandled.of(outcome_of(conversion), NOW)
