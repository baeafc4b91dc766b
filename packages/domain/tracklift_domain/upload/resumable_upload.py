"""Finding an upload that can be resumed, and describing its status."""

from dataclasses import dataclass
from datetime import datetime

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.optimistic_update import get_owned
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.upload.errors import UploadGoneError, UploadNotFoundError
from tracklift_domain.user.access.caller import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadStatus:
    """How far an upload has got. Offset and length are in bytes."""

    id: ConversionId
    """The id of the upload, and of the conversion that it becomes."""
    length: int
    offset: int
    """How many bytes are durably stored, counted from the beginning."""
    note: str = ""
    """A text of the client's, returned unchanged; empty once the upload is finished."""
    expires_at: datetime | None = None
    """When the upload is discarded unless more bytes arrive; `None` once it is finished."""

    @classmethod
    def of(cls, conversion: Conversion, offset: int) -> "UploadStatus":
        """Describe an upload of which `offset` bytes are stored, or one that is finished."""
        if conversion.upload is None:
            size = conversion.source.size or 0
            return cls(id=conversion.id, length=size, offset=size)
        return cls(
            id=conversion.id,
            length=conversion.upload.length,
            offset=offset,
            note=conversion.upload.note,
            expires_at=conversion.expires_at,
        )


async def find_upload(
    conversions: ConversionRepository, caller: Caller, upload_id: ConversionId, now: datetime
) -> Conversion:
    """Return the caller's conversion if it is being uploaded in parts or its video is completely stored.

    Raises:
        UploadNotFoundError: it doesn't exist, belongs to another user, or its video is being sent in one request.
        UploadGoneError: it expired or was cancelled before it was complete.
    """
    try:
        found = await get_owned(conversions, caller, upload_id)
    except ConversionNotFoundError as error:
        raise UploadNotFoundError(upload_id) from error
    if found.state is ConversionState.UPLOADING:
        if found.upload is None:
            raise UploadNotFoundError(upload_id)
        if found.expires_at is not None and found.expires_at <= now:
            raise UploadGoneError(upload_id)
    elif found.source.size is None:
        raise UploadGoneError(upload_id)
    return found
