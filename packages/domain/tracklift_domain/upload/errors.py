"""What can go wrong with uploads."""

from datetime import timedelta
from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import ConversionId


class TooManyConversionsError(DomainError):
    """The user has as many unfinished conversions as one user may have."""

    code: ClassVar[str] = "too_many_conversions"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"You have {limit} unfinished conversions, the most one user may have: wait until one is done."
        )
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
