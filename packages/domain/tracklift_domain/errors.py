"""The roots of every error that the domain declares."""

from collections.abc import Sequence
from typing import ClassVar


class DomainError(Exception):
    """A refusal of the domain. Carries data and a stable code, and is independent of any transport.

    `code` is a stable machine-readable name; the message is one sentence for a person.
    """

    code: ClassVar[str] = "domain_error"


class TooBusyError(DomainError):
    """Too much of the same work is waiting already."""

    code: ClassVar[str] = "too_busy"

    def __init__(self, service: str) -> None:
        super().__init__("Tracklift has too much to do right now: try again in a few seconds.")
        self.service = service


class ServiceUnavailableError(DomainError):
    """The technology behind a port can't be reached or doesn't answer; the same call may succeed later."""

    code: ClassVar[str] = "service_unavailable"

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(f"{service} is not available: {reason}")
        self.service = service
        self.reason = reason


class IncompleteServiceError(ServiceUnavailableError):
    """The technology behind a port can be reached, but lacks something of Tracklift's, such as a queue.

    `lacking` names what is missing, without secrets, addresses or paths.
    """

    def __init__(self, service: str, lacking: Sequence[str]) -> None:
        super().__init__(service, f"it lacks {', '.join(lacking)}")
        self.lacking = tuple(lacking)
