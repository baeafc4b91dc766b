"""What can go wrong with uploads."""

from datetime import datetime, timedelta
from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.upload.quota import QuotaName


class TooManyConversionsError(DomainError):
    """The user has reached the limit of unfinished conversions."""

    code: ClassVar[str] = "too_many_conversions"

    def __init__(self, limit: int, *, used: int) -> None:
        super().__init__(
            f"You have {used} unfinished conversions, and may have {limit}: wait until one is done."
        )
        self.limit = limit
        self.used = used


class QuotaExceededError(DomainError):
    """The upload would exceed the user's storage limit, or this month's minutes of audio are used up."""

    code: ClassVar[str] = "quota_exceeded"

    def __init__(self, quota: QuotaName, *, limit: int, used: int, until: datetime | None) -> None:
        if quota is QuotaName.AUDIO_MINUTES:
            said = f"You have used {used} of {limit} minutes of audio this month: the next one begins with none used."
        else:
            said = f"Your videos and MP3s take {used} of {limit} bytes, so this video has no room: delete some of them."
        super().__init__(said)
        self.quota = quota
        self.limit = limit
        self.used = used
        self.until = until
        """When usage will next drop without the user doing anything; `None` if that is not known."""


class IdempotencyKeyReusedError(DomainError):
    """The idempotency key was already used for another video, or with other options."""

    code: ClassVar[str] = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key belongs to another video, or to other options: use a new key for something new."
        )


class UploadInProgressError(DomainError):
    """An upload with the same idempotency key is in progress."""

    code: ClassVar[str] = "upload_in_progress"

    def __init__(self, conversion_id: ConversionId, retry_after: timedelta) -> None:
        super().__init__("An upload with this Idempotency-Key is under way: wait for it, or cancel it.")
        self.conversion_id = conversion_id
        self.retry_after = retry_after
        """How long until the upload has ended, or can be taken over because its client is gone."""


class EmptyUploadError(DomainError):
    """The upload has no bytes."""

    code: ClassVar[str] = "empty_file"

    def __init__(self) -> None:
        super().__init__("The file is empty: choose a video with content.")


class IncompleteUploadError(DomainError):
    """The upload ended before all of its bytes had arrived."""

    code: ClassVar[str] = "incomplete_upload"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The upload is incomplete: {reason}. Send it again.")
        self.reason = reason


class UploadNotFoundError(DomainError):
    """The caller has no resumable upload with this id."""

    code: ClassVar[str] = "upload_not_found"

    def __init__(self, upload_id: ConversionId) -> None:
        super().__init__("There is no such upload: begin another one.")
        self.upload_id = upload_id


class UploadGoneError(DomainError):
    """The upload expired, or its conversion was cancelled."""

    code: ClassVar[str] = "upload_gone"

    def __init__(self, upload_id: ConversionId) -> None:
        super().__init__("The upload has expired or was cancelled: begin another one.")
        self.upload_id = upload_id


class UploadLockedError(DomainError):
    """Another request is sending bytes of the same upload."""

    code: ClassVar[str] = "upload_locked"

    def __init__(self, upload_id: ConversionId, retry_after: timedelta) -> None:
        super().__init__("Another request is sending bytes of this upload: wait until it has ended.")
        self.upload_id = upload_id
        self.retry_after = retry_after
        """How long until the upload is free, if the other request sends no more bytes."""


class UploadFinishedError(DomainError):
    """The upload is finished, so it can't be discarded."""

    code: ClassVar[str] = "upload_finished"

    def __init__(self, upload_id: ConversionId) -> None:
        super().__init__("The upload is finished: delete its conversion instead.")
        self.upload_id = upload_id


class UploadTooLongError(DomainError):
    """More bytes arrived than the upload was declared to have."""

    code: ClassVar[str] = "longer_than_declared"

    def __init__(self, length: int) -> None:
        super().__init__(f"The upload was declared to have {length} bytes, and more came.")
        self.length = length


class ChecksumMismatchError(DomainError):
    """The bytes that arrived don't match the checksum that the client sent."""

    code: ClassVar[str] = "checksum_mismatch"

    def __init__(self) -> None:
        super().__init__("The bytes were damaged on their way: send them again.")


class NotAVideoError(DomainError):
    """According to its first bytes, the file is not an MP4."""

    code: ClassVar[str] = "not_a_video"

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}. Choose an MP4 file.")
        self.reason = reason
