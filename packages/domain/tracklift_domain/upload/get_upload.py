"""Returns the status of an upload."""

from collections.abc import AsyncIterator

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.ports import GrowingMedia
from tracklift_domain.upload.append_to_upload import AppendToUpload, UploadPart
from tracklift_domain.upload.resumable_upload import UploadStatus, find_upload
from tracklift_domain.user.access.caller import Caller


class GetUpload:
    """Tells a client where to resume.

    A client considers an upload finished when its offset equals its length. So an upload that is completely stored but
    was not queued, because the process died in between, is completed first.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        growing: GrowingMedia,
        clock: Clock,
        append_to_upload: AppendToUpload,
    ) -> None:
        self._conversions = conversions
        self._growing = growing
        self._clock = clock
        self._append = append_to_upload

    async def __call__(self, caller: Caller, upload_id: ConversionId) -> UploadStatus:
        """Return how far an upload has got, or that it is finished.

        Raises:
            UploadNotFoundError: the caller has no such upload.
            UploadGoneError: it expired or was cancelled.
            UploadLockedError: another request is completing it.
            NotAVideoError: it is completely stored, and is not a video.
        """
        upload = await find_upload(self._conversions, caller, upload_id, self._clock.now())
        if upload.state is not ConversionState.UPLOADING:
            return UploadStatus.of(upload, 0)
        status = UploadStatus.of(upload, await self._growing.size(upload.source_media_id))
        if status.offset < status.length:
            return status
        return await self._append(caller, upload_id, UploadPart(offset=status.offset, chunks=_nothing()))


async def _nothing() -> AsyncIterator[bytes]:
    yield b""
