"""Why there is no extract of a file."""

from enum import StrEnum


class Reason(StrEnum):
    """What kind of obstacle there is."""

    NOT_MP4 = "not_mp4"
    NO_AUDIO = "no_audio"
    DAMAGED = "damaged"
    """The index contradicts itself or names bytes that the file does not have."""
    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"
    """A valid form of which an extract might not give the same MP3."""
    TOO_LARGE = "too_large"
    """The index exceeds a limit."""
    NOT_SMALLER = "not_smaller"


class NoExtractError(Exception):
    """No extract can be made of this file, so the caller sends the whole file instead.

    The text is for a log or a verbose mode, not for a user's attention: nothing is wrong with sending the whole file.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def damaged(detail: str) -> NoExtractError:
    """Make the error for an index that makes no sense."""
    return NoExtractError(Reason.DAMAGED, detail)


def unsupported(detail: str) -> NoExtractError:
    """Make the error for a form that is not extracted."""
    return NoExtractError(Reason.UNSUPPORTED, detail)


def too_large(detail: str) -> NoExtractError:
    """Make the error for an index beyond a limit."""
    return NoExtractError(Reason.TOO_LARGE, detail)
