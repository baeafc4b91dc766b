import asyncio
import hashlib
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from bson.objectid import ObjectId
from pymongo.errors import BulkWriteError

from tracklift_adapters.mongodb.chunk_retry import ChunkRetry
from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import SERVICE, is_all_duplicates, storing_translated
from tracklift_adapters.mongodb.media_files import CHUNK, MediaFiles
from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_runtime.timestamps import to_timestamp

_BATCH = 8
"""Chunks that are inserted at once, about 2 MB."""
_IN_FLIGHT = 2
"""Batches in flight: the server syncs one to disk while it receives the next."""
_TOUCH_EVERY = timedelta(seconds=5)


class GridFsWriting:
    """Writes one file into GridFS.

    The driver's own writer gathers 48 MB, inserts them and waits; this one inserts small batches while more bytes
    arrive, which is faster, and a hundred concurrent uploads fit into memory. Each batch is durable when it is
    acknowledged; a batch whose acknowledgement was lost with its connection is sent again, in smaller parts.
    """

    def __init__(self, media: MediaFiles, media_id: MediaId, clock: Clock) -> None:
        self.file_id = ObjectId()
        self.size = 0
        self._media = media
        self._media_id = media_id
        self._clock = clock
        self._chunk = bytearray()
        self._batch: list[Document] = []
        self._chunks = 0
        self._sha256 = hashlib.sha256()
        self._hashing = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()
        self._touched_at = clock.now()
        self._swept = False
        self._visible = False
        self._retry = ChunkRetry(_BATCH, media.patience)

    def begin(self) -> None:
        """Begin to store a note of the write. No chunk is stored before the note is."""
        self._start(self._note())

    async def add(self, piece: bytes) -> None:
        """Add bytes; waits while as many batches as allowed are in flight and another one is full.

        Raises:
            ServiceUnavailableError: also when the write stood still for so long that it was swept.
        """
        if self._clock.now() - self._touched_at >= _TOUCH_EVERY:
            self._start_touching()
            await self._wait_for(0)
        self.size += len(piece)
        view = memoryview(piece)
        while view:
            part = view[: CHUNK - len(self._chunk)]
            self._chunk += part
            view = view[len(part) :]
            if len(self._chunk) == CHUNK:
                await self._end_chunk()

    async def publish(self) -> StoredMedia:
        """Store the rest, make the file visible and give what it is.

        Raises:
            ServiceUnavailableError: also when the write stood still for so long that it was swept.
        """
        if self._chunk:
            await self._end_chunk()
        if self._batch:
            await self._end_batch()
        if not self._chunks:
            await self._wait_for(0)  # for the note
        # From here on no sweep takes this write.
        self._start_touching()
        before = await self._media.find(self._media_id, limit=1)
        await self._wait_for(0)
        generation = before[0]["metadata"].get("generation", 0) + 1 if before else 1
        stored_at = self._clock.now()
        sha256 = self._sha256.hexdigest()
        file = {
            "_id": self.file_id,
            "filename": self._media_id,
            "length": self.size,
            "chunkSize": CHUNK,
            "uploadDate": stored_at,
            "metadata": {"sha256": sha256, "stored_at": to_timestamp(stored_at), "generation": generation},
        }
        self._start(self._make_visible(file))
        await self._wait_for(0)
        return StoredMedia(id=self._media_id, size=self.size, sha256=sha256, stored_at=stored_at)

    async def undo(self) -> None:
        """Delete all that is stored of the file.

        If an insertion was not acknowledged, this is left to a sweep, because the insertion may still arrive.
        """
        if self._under_way:
            await asyncio.wait(self._under_way)
        # Each one's exception is read, as asyncio logs those that are never read.
        in_doubt = [
            task
            for task in self._under_way
            if task.cancelled() or isinstance(task.exception(), ServiceUnavailableError)
        ]
        if self._visible:
            await self._media.delete([self.file_id])
        elif self._swept or not in_doubt:
            await self._media.delete_chunks(self.file_id)

    async def _end_chunk(self) -> None:
        chunk = {"_id": ObjectId(), "files_id": self.file_id, "n": self._chunks, "data": bytes(self._chunk)}
        self._chunk.clear()
        self._chunks += 1
        self._batch.append(chunk)
        if len(self._batch) == _BATCH:
            await self._end_batch()

    async def _end_batch(self) -> None:
        is_first = self._chunks <= _BATCH
        await self._wait_for(0 if is_first else _IN_FLIGHT - 1)
        batch, self._batch = self._batch, []
        self._start(self._insert(batch))

    def _start_touching(self) -> None:
        self._touched_at = self._clock.now()
        self._start(self._touch())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._under_way.add(asyncio.create_task(work))

    async def _wait_for(self, most: int) -> None:
        """Wait until at most so many tasks are in flight, and raise the error of one that failed.

        A cancellation does not reach what is under way, so that `undo` knows how it ended.
        """
        while True:
            ended = {task for task in self._under_way if task.done()}
            for task in ended:
                task.result()
            self._under_way -= ended
            if len(self._under_way) <= most:
                return
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _note(self) -> None:
        with storing_translated():
            await self._media.notes.insert_one(
                {"_id": self.file_id, "touched_at": to_timestamp(self._touched_at)}
            )

    async def _insert(self, batch: list[Document]) -> None:
        async with self._hashing:  # which batches enter in the order in which they were started
            await asyncio.to_thread(self._hash, batch)
        self._retry.begin()
        repeated = False
        while batch:
            part = batch[: self._retry.at_once]
            try:
                await self._insert_once(part, repeated=repeated)
            except ServiceUnavailableError as error:
                await asyncio.sleep(self._retry.failed(error))
                repeated = True
            else:
                self._retry.succeeded()
                batch = batch[len(part) :]

    async def _insert_once(self, chunks: list[Document], *, repeated: bool) -> None:
        with storing_translated():
            try:
                await self._media.chunks_once.insert_many(chunks, ordered=False)
            except BulkWriteError as error:
                # Chunks that were stored before, though the answer was lost.
                if not (repeated and is_all_duplicates(error)):
                    raise

    async def _make_visible(self, file: Document) -> None:
        with storing_translated():
            await self._media.files.insert_one(file)
        self._visible = True

    def _hash(self, batch: list[Document]) -> None:
        for chunk in batch:
            self._sha256.update(chunk["data"])

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
