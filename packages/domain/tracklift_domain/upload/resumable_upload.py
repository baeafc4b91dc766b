"""How use cases find an upload that can be resumed, and what they tell of it."""

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
    """How far an upload is. Offset and length in bytes."""

    id: ConversionId
    """Of the upload, and of the conversion that it becomes."""
    length: int
    offset: int
    """How many bytes are durably stored, from the beginning on."""
    note: str = ""
    """What the client wanted to be given back; empty once the upload is finished."""
    expires_at: datetime | None = None
    """When the upload is thrown away unless more bytes come; `None`: it is finished."""

    @classmethod
    def of(cls, conversion: Conversion, offset: int) -> "UploadStatus":
        """Tell of an upload of which so many bytes are stored, or of what became of it."""
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
    """Give the conversion of the caller's that is being uploaded in parts, or whose video is stored whole.

    Raises:
        UploadNotFoundError: there is none, it is another user's, or its video comes in one request.
        UploadGoneError: it expired or was cancelled before its end.
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
