import pytest

from tracklift_domain.errors import DomainError
from tracklift_domain.messaging.errors import (
    DeadLetterNotFoundError,
    MalformedEventError,
    UnknownEventTypeError,
    UnroutableEventError,
)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UnroutableEventError("x.v1"), "unroutable_event", "No queue takes events of type x.v1."),
        (
            MalformedEventError("it is not valid JSON"),
            "malformed_event",
            "The event can't be read: it is not valid JSON",
        ),
        (UnknownEventTypeError("x.v2"), "unknown_event_type", "Events of type x.v2 are not known here."),
        (
            DeadLetterNotFoundError("converter", "7"),
            "dead_letter_not_found",
            "There is no dead letter 7 of queue converter.",
        ),
    ],
)
def test_an_error_has_a_stable_code_and_a_sentence(error: DomainError, code: str, message: str) -> None:
    assert error.code == code
    assert str(error) == message
