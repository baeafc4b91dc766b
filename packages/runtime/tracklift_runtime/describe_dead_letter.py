"""Describes a dead letter for an operator."""

from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_domain.messaging.errors import MalformedEventError, UnknownEventTypeError
from tracklift_runtime.cloud_events import decode_event


def describe_dead_letter(letter: DeadLetterRecord) -> str:
    """Describe a dead letter on two lines: where and what it is, and why it was dead-lettered."""
    try:
        event = decode_event(letter.event)
        about = f"{event.type} {event.subject}"
    except (MalformedEventError, UnknownEventTypeError) as error:
        about = str(error)
    return f"{letter.queue} {letter.id}  {letter.died_at:%Y-%m-%d %H:%M:%S}Z  {about}\n    {letter.reason}"
