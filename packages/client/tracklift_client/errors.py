"""What can go wrong when a program works with a server."""

from collections.abc import Mapping
from typing import Any


class TrackliftError(Exception):
    """Anything that the client raises of its own."""


class ProblemError(TrackliftError):
    """The server declined: `code` is stable and for programs, `detail` a sentence for people (RFC 9457)."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        retry_after: float | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        """Seconds after which it makes sense to try again, where the server says so."""
        self.members = dict(members or {})
        """All members of the problem, such as `field`."""


class ConnectionLostError(TrackliftError):
    """The server could not be reached, or the connection broke off."""


class UnexpectedAnswerError(TrackliftError):
    """The answer is none of a Tracklift server, or of one that is too new or too old."""


class ServerAddressError(UnexpectedAnswerError):
    """What was given is no address of a server."""


class NotLoggedInError(TrackliftError):
    """There are no tokens and no API key, or the session has ended: log in again."""


class DamagedDownloadError(TrackliftError):
    """What was downloaded has not the SHA-256 that the server names."""


class DamagedUploadError(TrackliftError):
    """What the server has is not what was sent: its SHA-256 is another one. The upload was deleted."""


class FileChangedError(TrackliftError):
    """The file changed while it was sent."""
