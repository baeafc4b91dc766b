"""What can go wrong in the delivery of events."""

from typing import ClassVar

from tracklift_domain.errors import DomainError


class UnroutableEventError(DomainError):
    """No queue takes events of this type yet, so publishing would lose the event."""

    code: ClassVar[str] = "unroutable_event"

    def __init__(self, event_type: str) -> None:
        super().__init__(f"No queue takes events of type {event_type}.")
        self.event_type = event_type


class MalformedEventError(DomainError):
    """The bytes are not an event in CloudEvents' JSON form, or its data is incomplete."""

    code: ClassVar[str] = "malformed_event"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The event can't be read: {reason}")
        self.reason = reason


class UnknownEventTypeError(DomainError):
    """The type of the event, or its version, is not known here."""

    code: ClassVar[str] = "unknown_event_type"

    def __init__(self, event_type: str) -> None:
        super().__init__(f"Events of type {event_type} are not known here.")
        self.event_type = event_type


class DeadLetterNotFoundError(DomainError):
    """The queue has no such dead letter."""

    code: ClassVar[str] = "dead_letter_not_found"

    def __init__(self, queue: str, letter_id: str) -> None:
        super().__init__(f"There is no dead letter {letter_id} of queue {queue}.")
        self.queue = queue
        self.letter_id = letter_id
