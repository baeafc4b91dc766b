import asyncio
import hashlib
from datetime import timedelta

from bson.binary import Binary
from bson.objectid import ObjectId
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_adapters.mongodb.moments import to_count
from tracklift_domain.clock import Clock
from tracklift_domain.conversion.ports import StoredMedia
from tracklift_domain.identifiers import MediaId

BUCKET = "media"
CHUNK = 255 * 1024
"""Bytes of a chunk: the default of the GridFS specification."""
_BATCH = 16 * CHUNK
"""Bytes that are inserted at once, about 4 MB. Two batches are in memory."""
_TOUCH_EVERY = timedelta(seconds=30)


class GridFsWriting:
    """One file on its way into GridFS.

    The driver's own writer gathers 48 MB before it inserts and then waits; this one inserts small batches while the
    next one comes in, so that a hundred uploads at once fit into memory.
    """

    def __init__(self, database: MongoDatabase, media_id: MediaId, clock: Clock) -> None:
        self.file_id = ObjectId()
        self.size = 0
        self._media_id = media_id
        self._clock = clock
        self._database = database
        self._buffer = bytearray()
        self._chunks_sent = 0
        self._sha256 = hashlib.sha256()
        self._inserting: asyncio.Task[None] | None = None
        self._touched_at = clock.now()

    async def begin(self) -> None:
        """Note that the write is under way, before anything of it is stored."""
        with outages_translated():
            await self._collection("writes").insert_one(
                {"_id": self.file_id, "touched_at": to_count(self._touched_at)}
            )

    async def add(self, piece: bytes) -> None:
        """Take in bytes; waits while a batch is inserted and another one is full."""
        self.size += len(piece)
        self._buffer += piece
        while len(self._buffer) >= _BATCH:
            await self._insert(self._take(_BATCH))

    async def publish(self) -> StoredMedia:
        """Store the rest, make the file visible and give what it is."""
        if self._buffer:
            await self._insert(self._take(len(self._buffer)))
        await self._inserted()
        stored_at = self._clock.now()
        sha256 = self._sha256.hexdigest()
        with outages_translated():
            await self._collection("files").insert_one(
                {
                    "_id": self.file_id,
                    "filename": self._media_id,
                    "length": self.size,
                    "chunkSize": CHUNK,
                    "uploadDate": stored_at,
                    "metadata": {"sha256": sha256, "stored_at": to_count(stored_at)},
                }
            )
            await self._collection("writes").delete_one({"_id": self.file_id})
        return StoredMedia(id=self._media_id, size=self.size, sha256=sha256, stored_at=stored_at)

    async def undo(self) -> None:
        """Delete all that is stored of the file. What can't be reached now is found by a sweep."""
        if self._inserting is not None:
            await asyncio.wait({self._inserting})
        await delete_file(self._database, self.file_id)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _insert(self, batch: bytes) -> None:
        await self._inserted()
        self._inserting = asyncio.create_task(self._insert_chunks(batch, self._chunks_sent))
        self._chunks_sent += -(-len(batch) // CHUNK)

    async def _inserted(self) -> None:
        if self._inserting is not None:
            # Waited for without a cancellation of the insertion itself, so that `undo` knows that it has ended.
            await asyncio.wait({self._inserting})
            self._inserting.result()

    async def _insert_chunks(self, batch: bytes, first: int) -> None:
        await asyncio.to_thread(self._sha256.update, batch)
        documents = [
            {
                "_id": ObjectId(),
                "files_id": self.file_id,
                "n": first + number,
                "data": Binary(batch[start : start + CHUNK]),
            }
            for number, start in enumerate(range(0, len(batch), CHUNK))
        ]
        with outages_translated():
            await self._collection("chunks").insert_many(documents, ordered=False)
            await self._touch()

    async def _touch(self) -> None:
        now = self._clock.now()
        if now - self._touched_at >= _TOUCH_EVERY:
            self._touched_at = now
            await self._collection("writes").update_one(
                {"_id": self.file_id}, {"$set": {"touched_at": to_count(now)}}
            )

    def _collection(self, part: str) -> AsyncCollection[Document]:
        return collection(self._database.collections, part)


def collection(database: AsyncDatabase[Document], part: str) -> AsyncCollection[Document]:
    """Give a collection of the bucket: `files`, `chunks` or `writes`."""
    return database[f"{BUCKET}.{part}"]


async def delete_file(database: MongoDatabase, file_id: ObjectId) -> None:
    """Delete a file of GridFS with its chunks and its note, in the order in which a reader notices least."""
    with outages_translated():
        collections = database.collections
        await collection(collections, "files").delete_one({"_id": file_id})
        await collection(collections, "chunks").delete_many({"files_id": file_id})
        await collection(collections, "writes").delete_one({"_id": file_id})
