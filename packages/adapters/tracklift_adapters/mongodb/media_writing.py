from datetime import timedelta

from bson.objectid import ObjectId

from tracklift_adapters.mongodb.chunk_pipeline import ChunkPipeline, new_hash
from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import SERVICE, storing_translated
from tracklift_adapters.mongodb.media_files import MediaFiles, file_document
from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_runtime.timestamps import to_timestamp

_TOUCH_EVERY = timedelta(seconds=5)


class GridFsWriting:
    """Writes one file into GridFS, in the chunks of a `ChunkPipeline`."""

    def __init__(self, media: MediaFiles, media_id: MediaId, clock: Clock) -> None:
        self.file_id = ObjectId()
        self._media = media
        self._media_id = media_id
        self._clock = clock
        self._running = new_hash()
        self._chunks = ChunkPipeline(media, self.file_id, running=self._running)
        self._touched_at = clock.now()
        self._swept = False
        self._visible = False

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._chunks.size

    def begin(self) -> None:
        """Begin to store a note of the write. No chunk is stored before the note is."""
        self._chunks.start(self._note())

    async def add(self, piece: bytes) -> None:
        """Add bytes; waits while as many batches as allowed are in flight and another one is full.

        Raises:
            ServiceUnavailableError: also when the write stood still for so long that it was swept.
        """
        if self._clock.now() - self._touched_at >= _TOUCH_EVERY:
            self._start_touching()
            await self._chunks.wait_for(0)
        await self._chunks.add(piece)

    async def publish(self) -> StoredMedia:
        """Store the rest, make the file visible and give what it is.

        Raises:
            ServiceUnavailableError: also when the write stood still for so long that it was swept.
        """
        await self._chunks.end_chunk()
        await self._chunks.end_batch()
        if not self._chunks.chunks:
            await self._chunks.wait_for(0)  # for the note
        # From here on no sweep takes this write.
        self._start_touching()
        generation = await self._media.next_generation(self._media_id)
        await self._chunks.wait_for(0)
        stored = StoredMedia(
            id=self._media_id, size=self.size, sha256=self._running.hexdigest(), stored_at=self._clock.now()
        )
        self._chunks.start(self._make_visible(file_document(self.file_id, stored, generation)))
        await self._chunks.wait_for(0)
        return stored

    async def undo(self) -> None:
        """Delete all that is stored of the file.

        If an insertion was not acknowledged, this is left to a sweep, because the insertion may still arrive.
        """
        in_doubt = await self._chunks.settle()
        if self._visible:
            await self._media.delete([self.file_id])
        elif self._swept or not in_doubt:
            await self._media.delete_chunks(self.file_id)

    def _start_touching(self) -> None:
        self._touched_at = self._clock.now()
        self._chunks.start(self._touch())

    async def _note(self) -> None:
        with storing_translated():
            await self._media.notes.insert_one(
                {"_id": self.file_id, "touched_at": to_timestamp(self._touched_at)}
            )

    async def _make_visible(self, file: Document) -> None:
        with storing_translated():
            await self._media.files.insert_one(file)
        self._visible = True

    async def _touch(self) -> None:
        """Renew the note of the write."""
        with storing_translated():
            touched = await self._media.notes.update_one(
                {"_id": self.file_id, "swept": {"$exists": False}},
                {"$set": {"touched_at": to_timestamp(self._touched_at)}},
            )
        if touched.matched_count == 0:
            self._swept = True
            raise ServiceUnavailableError(
                SERVICE, f"{self._media_id} stood still for so long that it was swept"
            )
