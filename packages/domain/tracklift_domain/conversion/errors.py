"""What can go wrong with conversions."""

from datetime import datetime
from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.identifiers import ConversionId


class ConversionNotFoundError(DomainError):
    """There is no such conversion, or it belongs to another user."""

    code: ClassVar[str] = "conversion_not_found"

    def __init__(self, conversion_id: ConversionId) -> None:
        super().__init__(f"There is no conversion {conversion_id}.")
        self.conversion_id = conversion_id


class ConversionExistsError(DomainError):
    """A conversion with this id, or with this owner's idempotency key, is stored already."""

    code: ClassVar[str] = "conversion_exists"

    def __init__(self, conversion_id: ConversionId) -> None:
        super().__init__(f"Conversion {conversion_id} or its idempotency key is stored already.")
        self.conversion_id = conversion_id


class StaleConversionError(DomainError):
    """Another writer changed the conversion after it was read."""

    code: ClassVar[str] = "conversion_changed"

    def __init__(self, conversion_id: ConversionId) -> None:
        super().__init__(f"Conversion {conversion_id} was changed by somebody else; read it again.")
        self.conversion_id = conversion_id


class InvalidTransitionError(DomainError):
    """The conversion's state does not allow the requested transition."""

    code: ClassVar[str] = "invalid_state"

    def __init__(self, conversion_id: ConversionId, state: str, action: str) -> None:
        super().__init__(f"Conversion {conversion_id} is {state}: it can't {action}.")
        self.conversion_id = conversion_id
        self.state = state
        self.action = action


class NotRetryableError(DomainError):
    """The conversion failed for a reason that a retry can't fix."""

    code: ClassVar[str] = "not_retryable"

    def __init__(self, conversion_id: ConversionId, failure: FailureCode) -> None:
        super().__init__(
            f"Conversion {conversion_id} failed with {failure}, which a retry can't fix: upload another video, or "
            "the same with other options."
        )
        self.conversion_id = conversion_id
        self.failure = failure


class LeaseHeldError(DomainError):
    """Another worker holds the conversion."""

    code: ClassVar[str] = "lease_held"

    def __init__(self, conversion_id: ConversionId, until: datetime) -> None:
        super().__init__(f"Conversion {conversion_id} is held by another worker until {until.isoformat()}.")
        self.conversion_id = conversion_id
        self.until = until


class ClaimLostError(DomainError):
    """The worker no longer holds the conversion: it was cancelled, deleted, or claimed by another worker."""

    code: ClassVar[str] = "claim_lost"

    def __init__(self, conversion_id: ConversionId, attempt: int) -> None:
        super().__init__(f"Attempt {attempt} no longer holds conversion {conversion_id}.")
        self.conversion_id = conversion_id
        self.attempt = attempt


class AttemptsExhaustedError(DomainError):
    """The conversion has used all its attempts without an outcome."""

    code: ClassVar[str] = "attempts_exhausted"

    def __init__(self, conversion_id: ConversionId, attempts: int) -> None:
        super().__init__(f"Conversion {conversion_id} was given up after {attempts} attempts.")
        self.conversion_id = conversion_id
        self.attempts = attempts


class TooManyStreamsError(DomainError):
    """The user has reached the limit of open event streams."""

    code: ClassVar[str] = "too_many_streams"

    def __init__(self, limit: int) -> None:
        super().__init__(f"You have {limit} event streams open, the most one user may have: close one first.")
        self.limit = limit


class SourceGoneError(DomainError):
    """The video of the conversion is deleted, so that no other conversion can be made of it."""

    code: ClassVar[str] = "source_gone"

    def __init__(self, conversion_id: ConversionId) -> None:
        super().__init__(
            f"The video of conversion {conversion_id} is not kept any more: upload it again with the new options."
        )
        self.conversion_id = conversion_id


class AudioNotReadyError(DomainError):
    """The conversion has no audio to download yet, or never will."""

    code: ClassVar[str] = "audio_not_ready"

    def __init__(self, conversion_id: ConversionId, state: str) -> None:
        super().__init__(f"Conversion {conversion_id} is {state}: there is no audio to download.")
        self.conversion_id = conversion_id
        self.state = state


class AudioExpiredError(DomainError):
    """The audio has expired and was deleted."""

    code: ClassVar[str] = "audio_expired"

    def __init__(self, conversion_id: ConversionId) -> None:
        super().__init__(f"The audio of conversion {conversion_id} has expired: upload the video again.")
        self.conversion_id = conversion_id


class PeaksNotFoundError(DomainError):
    """The peaks of the audio are not known. The audio is fine, but no waveform can be drawn."""

    code: ClassVar[str] = "peaks_not_found"

    def __init__(self, conversion_id: ConversionId) -> None:
        super().__init__(f"No peaks are kept of the audio of conversion {conversion_id}.")
        self.conversion_id = conversion_id


class InvalidNameError(DomainError):
    """The name is not valid. `field` names the field of the request that has it."""

    code: ClassVar[str] = "invalid_name"
    field: ClassVar[str] = "name"

    def __init__(self, reason: str) -> None:
        super().__init__(f"name: {reason}")
        self.reason = reason


class ArchiveTooLargeError(DomainError):
    """The MP3s are too many or too large for one archive."""

    code: ClassVar[str] = "archive_too_large"

    def __init__(self, most_files: int, most_bytes: int) -> None:
        super().__init__(
            f"An archive holds at most {most_files} MP3s of {most_bytes // 10**9} GB together: ask for fewer at once."
        )
        self.most_files = most_files
        self.most_bytes = most_bytes
