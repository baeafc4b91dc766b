"""What is confirmed to those who announced an outcome."""

from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.contracts.examples import NOW
from tests.unit.builders import completed, failed, queued
from tests.unit.faults import down
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_domain.conversion.events import (
    ConversionCompleted,
    ConversionFailed,
    ConversionRequested,
)
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.messaging.ports import EventPublisher
from tracklift_domain.notification.confirm_outcome import ConfirmOutcome
from tracklift_domain.notification.events import OutcomeHandled

COMPLETED = ConversionCompleted.of(completed())
FAILED = ConversionFailed.of(failed(2))


class Publisher(EventPublisher):
    """Keeps what is published, or fails."""

    def __init__(self) -> None:
        self.published: list[Event] = []
        self.error: Exception | None = None

    @override
    async def publish(self, event: Event) -> None:
        if self.error is not None:
            raise self.error
        self.published.append(event)


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


def confirming(publisher: EventPublisher, answer: Disposition) -> ConfirmOutcome:
    """Make the handler around one that always gives this answer."""

    async def handle(_: Event) -> Disposition:
        return answer

    return ConfirmOutcome(handle, publisher=publisher, clock=ManualClock(NOW))


@pytest.mark.parametrize("answer", [Done(), DeadLetter("the mail was refused")])
@pytest.mark.parametrize("outcome", [COMPLETED, FAILED])
async def test_what_is_decided_is_confirmed_whatever_it_is(
    publisher: Publisher, outcome: ConversionCompleted | ConversionFailed, answer: Disposition
) -> None:
    """A mail, none, or a dead letter: to announce it again would change nothing."""
    assert await confirming(publisher, answer)(outcome) == answer
    assert publisher.published == [OutcomeHandled.of(outcome, NOW)]


async def test_what_is_redelivered_is_not_confirmed(publisher: Publisher) -> None:
    answer = RetryAfter(timedelta(seconds=1), "another sender is at it")
    assert await confirming(publisher, answer)(COMPLETED) == answer
    assert publisher.published == []


async def test_what_is_no_outcome_is_not_confirmed(publisher: Publisher) -> None:
    await confirming(publisher, DeadLetter("no outcome"))(ConversionRequested.of(queued()))
    assert publisher.published == []


async def test_a_broker_that_is_down_lets_the_outcome_be_redelivered(publisher: Publisher) -> None:
    publisher.error = down()
    with pytest.raises(ServiceUnavailableError):
        await confirming(publisher, Done())(COMPLETED)


async def test_a_confirmation_that_no_queue_takes_holds_up_no_mail(
    publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    publisher.error = UnroutableEventError(OutcomeHandled.type)
    assert await confirming(publisher, Done())(COMPLETED) == Done()
    assert f"Outcome {COMPLETED.id} is handled and not confirmed" in caplog.text


def test_a_confirmation_names_the_outcome_and_has_its_trace() -> None:
    outcome = replace(ConversionCompleted.of(completed()), traceparent="00-0af7-b7ad-01")
    handled = OutcomeHandled.of(outcome, NOW)
    assert (handled.outcome_id, handled.subject) == (outcome.id, outcome.conversion_id)
    assert (handled.time, handled.traceparent) == (NOW, outcome.traceparent)
    assert handled.id == OutcomeHandled.of(outcome, NOW + timedelta(hours=1)).id


def test_its_type_is_a_name_that_other_services_rely_on() -> None:
    assert OutcomeHandled.type == "tracklift.conversion.outcome_handled.v1"
