"""Turns an upload whose last byte is stored into a queued conversion."""

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
    """Queues the conversion of an upload exactly once, however often this is tried.

    Both steps can be repeated: finishing the file, and the one atomic write that makes the conversion `queued` and puts
    its request into the outbox. If the process dies in between, the next request for the upload completes it.
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
        """Turn the stored bytes into a file. The lease must be renewed meanwhile, as this may read all of them.

        Raises:
            NotAVideoError: according to its first bytes, the file is not a video.
            WriterSupersededError: another request has taken the upload over.
            OutOfSpaceError: the media store is full.
        """
        stored = await self._growing.finish(held.source_media_id, fence=held.revision)
        # Already checked if the first request contained enough bytes.
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
