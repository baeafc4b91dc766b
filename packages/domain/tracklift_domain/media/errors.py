"""What can go wrong with stored files."""

from typing import ClassVar

from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import MediaId


class MediaNotFoundError(DomainError):
    """The media store holds no such file."""

    code: ClassVar[str] = "media_not_found"

    def __init__(self, media_id: MediaId) -> None:
        super().__init__(f"There is no media {media_id}.")
        self.media_id = media_id


class MediaLostError(DomainError):
    """Bytes of a stored file are missing or damaged. Unlike an outage, this is permanent."""

    code: ClassVar[str] = "media_lost"

    def __init__(self, media_id: MediaId, reason: str) -> None:
        super().__init__(f"Media {media_id} is lost: {reason}")
        self.media_id = media_id
        self.reason = reason


class MediaTooLargeError(DomainError):
    """More bytes arrived than are allowed."""

    code: ClassVar[str] = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than the limit of {limit} bytes.")
        self.limit = limit


class WrongOffsetError(DomainError):
    """A writer tried to append at a position other than the end of the stored bytes."""

    code: ClassVar[str] = "wrong_offset"

    def __init__(self, offset: int) -> None:
        super().__init__(f"{offset} bytes are stored: go on from there.")
        self.offset = offset
        """Bytes: the end of what is stored."""


class WriterSupersededError(DomainError):
    """A newer writer has taken over the file, or it was deleted: this writer's bytes are no longer accepted."""

    code: ClassVar[str] = "writer_superseded"

    def __init__(self, media_id: MediaId) -> None:
        super().__init__(f"Another writer has taken over media {media_id}.")
        self.media_id = media_id


class OutOfSpaceError(DomainError):
    """There is no room left to store the bytes."""

    code: ClassVar[str] = "out_of_space"

    def __init__(self, place: str) -> None:
        super().__init__(f"There is no space left in {place}.")
        self.place = place
