import asyncio
import logging
from datetime import timedelta

import pytest

from tests.contracts.event_broker import CONVERTER, REDELIVERY, Handler, Workshop, failed, requested
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import (
    DeadLetter,
    Disposition,
    Done,
    EventHandler,
    RetryAfter,
)
from tracklift_runtime.cloud_events import encode_event
from tracklift_runtime.deliver_event import DeliverEvent, Outcome
from tracklift_runtime.log_context import log_context

TEXT = encode_event(requested("a"))


def delivering_to(handler: EventHandler) -> DeliverEvent:
    """Deliver events of the converter's queue to a handler."""
    return DeliverEvent(CONVERTER, handler, REDELIVERY)


@pytest.mark.parametrize("text", [TEXT, TEXT.encode()], ids=["text", "bytes"])
async def test_the_handler_is_given_the_event(text: str | bytes) -> None:
    handler = Handler()

    await delivering_to(handler)(text, failures=0)

    assert handler.events == [requested("a")]


@pytest.mark.parametrize(
    "answer", [Done(), RetryAfter(timedelta(minutes=1), "not now"), DeadLetter("no attempt is left")]
)
async def test_what_the_handler_answers_is_the_outcome_and_ends_a_row_of_failures(
    answer: Disposition,
) -> None:
    assert await delivering_to(Handler(answer))(TEXT, failures=3) == Outcome(answer, failures=0)


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        (RetryAfter(timedelta(minutes=1), "not now"), logging.INFO),
        (DeadLetter("not now"), logging.WARNING),
    ],
)
async def test_a_delay_and_a_death_are_logged_with_their_reason(
    answer: Disposition, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await delivering_to(Handler(answer))(TEXT, failures=0)

    (record,) = caplog.records
    assert record.levelno == level
    assert "converter" in record.getMessage()
    assert "a.2" in record.getMessage()
    assert "not now" in record.getMessage()


async def test_finished_work_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="tracklift_domain"):
        await delivering_to(Handler(Done()))(TEXT, failures=0)

    assert caplog.records == []


async def test_an_error_of_the_handler_is_counted_and_delays_the_event_ever_longer() -> None:
    deliver = delivering_to(Handler(KeyError("x")))

    first = await deliver(TEXT, failures=0)
    tenth = await deliver(TEXT, failures=9)

    assert first == Outcome(RetryAfter(REDELIVERY.delay_after(1), "its handler raised KeyError('x')"), 1)
    assert tenth == Outcome(RetryAfter(REDELIVERY.delay_after(10), "its handler raised KeyError('x')"), 10)


async def test_an_error_of_the_handler_is_logged_once_with_its_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cause = KeyError("x")

    await delivering_to(Handler(cause))(TEXT, failures=4)

    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.exc_info[1] is cause
    assert "a.2" in record.getMessage()
    assert "the 5. time in a row" in record.getMessage()


async def test_an_outage_is_logged_in_one_line_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    """Where in the code it was met helps nobody, and it is met often."""
    await delivering_to(Handler(ServiceUnavailableError("The mail server", "451 Later")))(TEXT, failures=4)

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.exc_info is None
    assert "a.2" in record.getMessage()
    assert "the 5. time in a row" in record.getMessage()
    assert "The mail server is not available: 451 Later" in record.getMessage()


async def test_a_text_that_is_not_an_event_is_dead_lettered_and_reaches_no_handler(
    caplog: pytest.LogCaptureFixture,
) -> None:
    handler = Handler()

    outcome = await delivering_to(handler)("{", failures=2)

    assert outcome == Outcome(DeadLetter("The event can't be read: it is not valid JSON"))
    assert handler.events == []
    assert "it is not valid JSON" in caplog.text


UNTAKEN = [TEXT.replace(".v1", ".v2"), encode_event(failed("a"))]
"""Of a newer version, and of a type that this queue's handler does not take."""


@pytest.mark.parametrize("text", UNTAKEN)
async def test_an_event_of_a_type_that_is_not_taken_is_left_for_a_newer_release(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It reaches no handler, and is told of each time."""
    handler = Handler()

    first = await delivering_to(handler)(text, failures=0)
    sixth = await delivering_to(handler)(text, failures=5)

    assert isinstance(first.disposition, RetryAfter)
    assert "are not known here" in first.disposition.reason
    assert (first.disposition.delay, first.failures) == (REDELIVERY.delay_after(1), 1)
    assert isinstance(sixth.disposition, RetryAfter)
    assert (sixth.disposition.delay, sixth.failures) == (REDELIVERY.delay_after(6), 6)
    assert handler.events == []
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


@pytest.mark.parametrize("text", UNTAKEN)
async def test_an_event_that_no_release_takes_is_dead_lettered_in_the_end(text: str) -> None:
    """A rolling upgrade is over then."""
    deliver = delivering_to(Handler())
    failures, waited, outcome = 0, timedelta(0), None
    while not isinstance((outcome := await deliver(text, failures=failures)).disposition, DeadLetter):
        assert isinstance(outcome.disposition, RetryAfter)
        waited, failures = waited + outcome.disposition.delay, outcome.failures

    assert timedelta(minutes=50) < waited < timedelta(minutes=60)
    assert "are not known here" in outcome.disposition.reason


async def test_a_reason_is_always_made_of_characters_that_can_be_stored() -> None:
    """Half of a surrogate pair has no bytes: a store that is given one fails, and would fail for ever."""
    unknown = await delivering_to(Handler())(TEXT.replace(".v1", "\\ud800"), failures=99)
    refused = await delivering_to(Handler(DeadLetter("it has a \ud800 in it")))(TEXT, failures=0)

    assert unknown == Outcome(
        DeadLetter("Events of type tracklift.conversion.requested\\ud800 are not known here.")
    )
    assert refused == Outcome(DeadLetter("it has a \\ud800 in it"))


async def test_a_cancelled_delivery_cancels_its_handler() -> None:
    workshop = Workshop()
    delivery = asyncio.create_task(delivering_to(workshop)(TEXT, failures=0))
    await workshop.until_started(1)

    delivery.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivery

    assert workshop.cancelled == ["a"]


async def test_a_cancellation_that_nobody_asked_for_is_a_failure_like_others() -> None:
    """A handler that waits for a task which somebody else cancels must not take its worker with it."""

    async def handler(_: Event) -> Disposition:
        other = asyncio.create_task(asyncio.Event().wait())
        asyncio.get_running_loop().call_soon(other.cancel)
        await other
        return Done()

    outcome = await delivering_to(handler)(TEXT, failures=0)

    assert outcome.failures == 1
    assert isinstance(outcome.disposition, RetryAfter)


async def test_what_a_handler_logs_carries_the_event_and_its_subject() -> None:
    """A search of the log for one conversion finds all lines about it, whichever module wrote them."""
    seen: dict[str, str] = {}

    async def handler(event: Event) -> Disposition:
        seen.update(log_context())
        return Done()

    await delivering_to(handler)(TEXT, failures=0)

    assert seen == {"event_id": requested("a").id, "conversion_id": requested("a").conversion_id}
