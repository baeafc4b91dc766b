"""Tells how far an upload is."""

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
    """Tells a client where to go on.

    A client takes an upload for finished whose offset is its length. So one that was stored whole and not queued, as
    its process died in between, is completed first.
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
        """Tell how far an upload is, or that it is finished.

        Raises:
            UploadNotFoundError: the caller has none of this id.
            UploadGoneError: it expired or was cancelled.
            UploadLockedError: another request is completing it.
            NotAVideoError: it is stored whole, and is no video.
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
