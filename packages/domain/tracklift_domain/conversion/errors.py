"""What can go wrong with conversions and their media."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from tracklift_domain.conversion.failure import Failure, FailureCode
from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import ConversionId, MediaId

if TYPE_CHECKING:
    from tracklift_domain.conversion.damage import Damage
    from tracklift_domain.conversion.video import ExtractionPlan


class InvalidOptionError(DomainError):
    """An option of a conversion is out of range or doesn't fit the others."""

    code: ClassVar[str] = "invalid_option"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class ConversionNotFoundError(DomainError):
    """There is no such conversion, or it belongs to somebody else."""

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
    """Somebody else changed the conversion after it was read."""

    code: ClassVar[str] = "conversion_changed"

    def __init__(self, conversion_id: ConversionId) -> None:
        super().__init__(f"Conversion {conversion_id} was changed by somebody else; read it again.")
        self.conversion_id = conversion_id


class InvalidTransitionError(DomainError):
    """The conversion's state does not allow what was asked for."""

    code: ClassVar[str] = "invalid_state"

    def __init__(self, conversion_id: ConversionId, state: str, action: str) -> None:
        super().__init__(f"Conversion {conversion_id} is {state}: it can't {action}.")
        self.conversion_id = conversion_id
        self.state = state
        self.action = action


class NotRetryableError(DomainError):
    """The conversion failed for a reason that a retry can't mend."""

    code: ClassVar[str] = "not_retryable"

    def __init__(self, conversion_id: ConversionId, failure: FailureCode) -> None:
        super().__init__(
            f"Conversion {conversion_id} failed with {failure}, which a retry can't mend: upload another video."
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


class TooManyConversionsError(DomainError):
    """The user has as many unfinished conversions as one user may have."""

    code: ClassVar[str] = "too_many_conversions"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"You have {limit} unfinished conversions, the most one user may have: wait until one is done."
        )
        self.limit = limit


class TooManyStreamsError(DomainError):
    """The user has as many event streams open as one user may have."""

    code: ClassVar[str] = "too_many_streams"

    def __init__(self, limit: int) -> None:
        super().__init__(f"You have {limit} event streams open, the most one user may have: close one first.")
        self.limit = limit


class IdempotencyKeyReusedError(DomainError):
    """The idempotency key was used before for another upload."""

    code: ClassVar[str] = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key belongs to another upload: use a new key for a new video.")


class UploadInProgressError(DomainError):
    """An upload with the same idempotency key is under way."""

    code: ClassVar[str] = "upload_in_progress"

    def __init__(self, conversion_id: ConversionId, retry_after: timedelta) -> None:
        super().__init__("An upload with this Idempotency-Key is under way: wait for it, or cancel it.")
        self.conversion_id = conversion_id
        self.retry_after = retry_after
        """When it will have ended, or be free where its client is gone."""


class EmptyUploadError(DomainError):
    """The upload has no bytes."""

    code: ClassVar[str] = "empty_file"

    def __init__(self) -> None:
        super().__init__("The file is empty: choose a video with content.")


class IncompleteUploadError(DomainError):
    """The upload ended before its end."""

    code: ClassVar[str] = "incomplete_upload"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The upload is incomplete: {reason}. Send it again.")
        self.reason = reason


class AudioNotReadyError(DomainError):
    """The conversion has no audio to download yet, or never will have."""

    code: ClassVar[str] = "audio_not_ready"

    def __init__(self, conversion_id: ConversionId, state: str) -> None:
        super().__init__(f"Conversion {conversion_id} is {state}: there is no audio to download.")
        self.conversion_id = conversion_id
        self.state = state


class AudioExpiredError(DomainError):
    """The audio was deleted because its time was over."""

    code: ClassVar[str] = "audio_expired"

    def __init__(self, conversion_id: ConversionId) -> None:
        super().__init__(f"The audio of conversion {conversion_id} has expired: upload the video again.")
        self.conversion_id = conversion_id


class MediaNotFoundError(DomainError):
    """The media store holds no such file."""

    code: ClassVar[str] = "media_not_found"

    def __init__(self, media_id: MediaId) -> None:
        super().__init__(f"There is no media {media_id}.")
        self.media_id = media_id


class MediaLostError(DomainError):
    """Bytes of a stored file are missing or damaged. Unlike an outage that does not pass."""

    code: ClassVar[str] = "media_lost"

    def __init__(self, media_id: MediaId, reason: str) -> None:
        super().__init__(f"Media {media_id} is lost: {reason}")
        self.media_id = media_id
        self.reason = reason


class MediaTooLargeError(DomainError):
    """More bytes came than are allowed."""

    code: ClassVar[str] = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than the limit of {limit} bytes.")
        self.limit = limit


class OutOfSpaceError(DomainError):
    """There is no room left to store the bytes."""

    code: ClassVar[str] = "out_of_space"

    def __init__(self, place: str) -> None:
        super().__init__(f"There is no space left in {place}.")
        self.place = place


class ExtractionError(DomainError):
    """The audio could not be extracted; `failure` says why."""

    code: ClassVar[str] = "extraction_failed"

    def __init__(self, code: FailureCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.failure = Failure(code, detail)


class NotCoveredError(Exception):
    """An engine leaves an extraction to another one; the message says why. It never leaves the extractor."""

    def __init__(
        self, message: str, *, plan: "ExtractionPlan | None" = None, damage: "Damage | None" = None
    ) -> None:
        """Say why, and what the engine has learnt: the plan for the sound that it decoded, and what it could not."""
        super().__init__(message)
        self.plan = plan
        self.damage = damage
