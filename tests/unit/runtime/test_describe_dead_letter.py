from datetime import UTC, datetime

from tests.contracts.event_broker import requested
from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_runtime.cloud_events import encode_event
from tracklift_runtime.describe_dead_letter import describe_dead_letter


def letter(event: str) -> DeadLetterRecord:
    return DeadLetterRecord(
        id="7",
        queue="converter",
        event=event,
        reason="no attempt is left",
        died_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


def test_a_dead_letter_is_described_by_where_it_is_what_it_is_and_why() -> None:
    event = requested("a")

    assert describe_dead_letter(letter(encode_event(event))) == (
        f"converter 7  2026-01-02 03:04:05Z  tracklift.conversion.requested.v1 {event.subject}\n"
        "    no attempt is left"
    )


def test_a_dead_letter_that_is_not_an_event_is_described_all_the_same() -> None:
    assert "it is not valid JSON" in describe_dead_letter(letter("no JSON"))
