from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from bson.objectid import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection

from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import MediaId, check_media_id
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_runtime.timestamps import to_timestamp

BUCKET = "media"
CHUNK = 255 * 1024
"""Bytes of a chunk: the default of the GridFS specification."""
_NEWEST_FIRST = [("metadata.generation", DESCENDING), ("_id", DESCENDING)]
_PAGE = 500
"""Files listed with one query."""
_SLICE = 1000
"""Chunks deleted with one command, 255 MB: few enough not to time out, however large the file is."""


def file_document(file_id: ObjectId, stored: StoredMedia, generation: int) -> Document:
    """Write the document that makes a file visible."""
    return {
        "_id": file_id,
        "filename": stored.id,
        "length": stored.size,
        "chunkSize": CHUNK,
        "uploadDate": stored.stored_at,
        "metadata": {
            "sha256": stored.sha256,
            "stored_at": to_timestamp(stored.stored_at),
            "generation": generation,
        },
    }


class MediaFiles:
    """The bucket. A file is visible if it is in `media.files`; its bytes are in `media.chunks`, as GridFS specifies.

    A file that is being written or deleted, and so lacks chunks, has a note in `media.writes`. The note is stored
    before the first chunk and deleted after the last, so an interrupted write or deletion is found by its note.

    A file that grows has a note in `media.growing` instead, and a chunk of it says in `w` who wrote it.
    """

    def __init__(self, database: MongoDatabase, clock: Clock) -> None:
        collections = database.collections
        self._database = database
        self._clock = clock
        self.patience = database.patience
        self.files: AsyncCollection[Document] = collections[f"{BUCKET}.files"]
        self.chunks: AsyncCollection[Document] = collections[f"{BUCKET}.chunks"]
        self.notes: AsyncCollection[Document] = collections[f"{BUCKET}.writes"]
        self.growing: AsyncCollection[Document] = collections[f"{BUCKET}.growing"]
        self.chunks_once: AsyncCollection[Document] = database.once[f"{BUCKET}.chunks"]
        self.chunks_for_threads = database.blocking[f"{BUCKET}.chunks"]

    async def make_collections(self) -> None:
        """Make the collections and their indexes. Repeating it changes nothing."""
        # Video and MP3 are compressed already: to compress them again takes a third of the server's time for them.
        await self._database.make_uncompressed(self.chunks.name)
        indexes = {
            self.files: [("filename", ASCENDING), *_NEWEST_FIRST],
            self.chunks: [("files_id", ASCENDING), ("n", ASCENDING)],
            self.notes: [("touched_at", ASCENDING)],
        }
        for collection, keys in indexes.items():
            index = IndexModel(keys, unique=collection is self.chunks)
            await self._database.make_indexes(collection.name, [index])

    async def next_generation(self, media_id: MediaId) -> int:
        """Give the generation of a file that becomes the valid one of its name."""
        before = await self.find(media_id, limit=1)
        return before[0]["metadata"].get("generation", 0) + 1 if before else 1

    async def find(self, media_id: MediaId, *, limit: int = 0) -> list[Document]:
        """Find the files of a name, the valid one first; a limit of 0 means all."""
        check_media_id(media_id)
        with outages_translated():
            found = self.files.find({"filename": media_id}, sort=_NEWEST_FIRST, limit=limit)
            return await found.to_list()

    async def is_stored(self, file_id: ObjectId) -> bool:
        """Tell whether a file is visible."""
        with outages_translated():
            return await self.files.find_one({"_id": file_id}, {"_id": 1}) is not None

    async def stored_before(self, time: datetime) -> AsyncIterator[Document]:
        """Give files in pages, so that no cursor times out however long the caller takes."""
        behind: Document = {}
        while True:
            with outages_translated():
                page = await self.files.find(
                    {"metadata.stored_at": {"$lt": to_timestamp(time)}, **behind},
                    sort=[("_id", ASCENDING)],
                    limit=_PAGE,
                ).to_list()
            for file in page:
                yield file
            if len(page) < _PAGE:
                return
            behind = {"_id": {"$gt": page[-1]["_id"]}}

    async def delete(self, file_ids: Sequence[ObjectId]) -> None:
        """Delete visible files, in that order."""
        for file_id in file_ids:
            with outages_translated():
                note = {"touched_at": to_timestamp(self._clock.now()), "deleting": True}
                await self.notes.update_one({"_id": file_id}, {"$set": note}, upsert=True)
                await self.files.delete_one({"_id": file_id})
            await self.delete_chunks(file_id)

    async def delete_chunks(self, file_id: ObjectId) -> bool:
        """Delete the chunks of a file that is not visible, then its note; tell whether the note was still there."""
        with outages_translated():
            await self._delete_chunks(file_id)
            note = await self.notes.delete_one({"_id": file_id})
        return note.deleted_count == 1

    async def _delete_chunks(self, file_id: ObjectId) -> None:
        while last := await self.chunks.find_one({"files_id": file_id}, {"n": 1}, sort=[("n", DESCENDING)]):
            await self.chunks.delete_many({"files_id": file_id, "n": {"$gt": last["n"] - _SLICE}})

    async def discard_growing(self, media_id: MediaId) -> None:
        """Delete what grows under a name.

        A writer that lives may still send chunks, so a note stays, with which a sweep deletes them again.
        """
        with outages_translated():
            growing = await self.growing.find_one({"_id": media_id}, {"file_id": 1})
            if growing is None:
                return
            file_id = growing["file_id"]
            if not await self.is_stored(file_id):
                note = {"touched_at": to_timestamp(self._clock.now()), "deleting": True}
                await self.notes.update_one({"_id": file_id}, {"$set": note}, upsert=True)
            await self.growing.delete_one({"_id": media_id, "file_id": file_id})
            if not await self.is_stored(file_id):
                await self._delete_chunks(file_id)

    async def settle(self, file_id: ObjectId, media_id: MediaId) -> None:
        """Delete the older files that have the name of a published file, and the note of that file.

        Of concurrent writers, the last one to do this leaves one file, unless the newest file may still be undone: then
        its own file keeps its note, and the next sweep settles it.
        """
        files = [file["_id"] for file in await self.find(media_id)]
        if file_id in files:
            place = files.index(file_id)
            await self.delete(files[:place:-1])
            if place > 0:
                with outages_translated():
                    newest_may_be_undone = await self.notes.find_one({"_id": files[0]}, {"_id": 1})
                if newest_may_be_undone:
                    return
                await self.delete([file_id])
        with outages_translated():
            await self.notes.delete_one({"_id": file_id, "deleting": {"$exists": False}})

    async def sweep(self, before: datetime) -> int:
        """Delete what interrupted writes and deletions left if their notes are older than a time; count the writes."""
        old = {"touched_at": {"$lt": to_timestamp(before)}}
        with outages_translated():
            notes = await self.notes.find(old).to_list()
        return sum([await self._sweep(note["_id"], old) for note in notes])

    async def _sweep(self, file_id: ObjectId, old: Document) -> bool:
        with outages_translated():
            # A slow write that is still alive finds this in its note and fails.
            claimed = await self.notes.update_one({"_id": file_id, **old}, {"$set": {"swept": True}})
            if claimed.matched_count == 0:
                return False
            file = await self.files.find_one({"_id": file_id})
        if file is None:
            return await self.delete_chunks(file_id)
        await self.settle(file_id, file["filename"])
        with outages_translated():
            # The note of an interrupted deletion.
            await self.notes.delete_one({"_id": file_id, "deleting": True, **old})
        return False
