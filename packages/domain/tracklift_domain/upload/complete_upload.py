"""Makes a conversion of an upload whose last byte is stored."""

from collections.abc import AsyncIterable

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.media.ports import GrowingMedia, MediaStore
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_domain.upload.ports import FileKinds
from tracklift_domain.upload.upload_lease import UploadLease


class CompleteUpload:
    """Queues the conversion of an upload, exactly once however often this is tried.

    Each step can be repeated: the file is finished, and one atomic write makes the conversion `queued` and puts its
    request into the outbox. What dies in between is completed by the next request about the upload.
    """

    def __init__(
        self, *, growing: GrowingMedia, media: MediaStore, kinds: FileKinds, feed: UpdateFeed, clock: Clock
    ) -> None:
        self._growing = growing
        self._media = media
        self._kinds = kinds
        self._feed = feed
        self._clock = clock

    async def finish(self, held: Conversion) -> StoredMedia:
        """Make a file of what is stored of an upload, while its lease is renewed, as this may read all of it.

        Raises:
            NotAVideoError: it is none, by its first bytes.
            WriterSupersededError: another request has taken the upload over.
            OutOfSpaceError: the media store is full.
        """
        stored = await self._growing.finish(held.source_media_id, fence=held.revision)
        # Looked at before, where the first request brought enough bytes for it.
        self._kinds.require_video(await _beginning(self._media.read(stored.id, end=self._kinds.most)))
        return stored

    async def queue(self, lease: UploadLease, stored: StoredMedia) -> Conversion:
        """Queue the conversion of a finished file. Raises `InvalidTransitionError` if it was cancelled or deleted."""
        queued = await lease.queue(
            lambda uploading: uploading.queue(
                self._clock.now(), size=stored.size, sha256=stored.sha256, options=uploading.options
            ),
            lambda queued: [ConversionRequested.of(queued)],
        )
        await self._feed.publish(ConversionUpdate.of(queued))
        return queued


async def _beginning(chunks: AsyncIterable[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])
