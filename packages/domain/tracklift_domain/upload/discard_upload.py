"""Discards an upload before it is complete."""

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.optimistic_update import repeat_when_stale
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.removal.media_cleanup import discard_removed
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.ports import MediaStore
from tracklift_domain.upload.errors import UploadFinishedError, UploadNotFoundError
from tracklift_domain.upload.resumable_upload import find_upload
from tracklift_domain.user.access.caller import Caller


class DiscardUpload:
    """Removes an unfinished upload and its stored bytes. A request that is still sending bytes of it is ended."""

    def __init__(
        self, *, conversions: ConversionRepository, media: MediaStore, feed: UpdateFeed, clock: Clock
    ) -> None:
        self._conversions = conversions
        self._media = media
        self._feed = feed
        self._clock = clock

    async def __call__(self, caller: Caller, upload_id: ConversionId) -> None:
        """Discard an upload.

        Raises:
            UploadNotFoundError: the caller has no such upload.
            UploadGoneError: it expired or was cancelled.
            UploadFinishedError: its conversion has already been queued.
        """
        removed = await repeat_when_stale(lambda: self._remove(caller, upload_id))
        await discard_removed(self._conversions, self._media, self._feed, removed)

    async def _remove(self, caller: Caller, upload_id: ConversionId) -> Conversion:
        upload = await find_upload(self._conversions, caller, upload_id, self._clock.now())
        if upload.state is not ConversionState.UPLOADING:
            raise UploadFinishedError(upload_id)
        try:
            await self._conversions.remove(upload)
        except ConversionNotFoundError as error:
            raise UploadNotFoundError(upload_id) from error
        return upload
