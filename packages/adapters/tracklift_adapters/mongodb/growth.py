from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bson.objectid import ObjectId
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import outages_translated, storing_translated
from tracklift_adapters.mongodb.media_files import CHUNK, MediaFiles
from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import MediaId, check_media_id
from tracklift_domain.media.errors import WriterSupersededError
from tracklift_runtime.timestamps import to_timestamp


@dataclass(frozen=True, slots=True)
class Growth:
    """How far a file has grown for certain: full chunks, and bytes behind them that wait to become one.

    The chunks lie in `media.chunks` under `file_id`; all the rest is one document, so that it changes in one step.
    """

    media_id: MediaId
    file_id: ObjectId
    fence: int
    """Of the newest writer."""
    chunks: int
    tail: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return self.chunks * CHUNK + len(self.tail)


class GrowthNotes:
    """Keeps a note for each file that grows.

    A note counts chunks that were acknowledged before it was written, so it lags behind them. That they are there is
    looked up all the same, in the index only: what a restored backup lacks is sent again.
    """

    def __init__(self, media: MediaFiles, clock: Clock) -> None:
        self._media = media
        self._clock = clock

    async def find(self, media_id: MediaId) -> Growth | None:
        """Find out how far a file has grown, if it has begun and is not finished."""
        note = await self._read(media_id)
        return None if note is None else await self._verified(_growth(note))

    async def take_over(self, media_id: MediaId, fence: int, *, begin: bool) -> Growth:
        """Make a writer the newest one, and delete all chunks behind the durable size.

        Raises:
            WriterSupersededError: a newer writer has it; or it is not there, and is not to begin.
        """
        while (taken := await self._try_to_take_over(media_id, fence, begin=begin)) is None:
            continue
        with outages_translated():
            await self._media.chunks.delete_many({"files_id": taken.file_id, "n": {"$gte": taken.chunks}})
        return taken

    async def _try_to_take_over(self, media_id: MediaId, fence: int, *, begin: bool) -> Growth | None:
        note = await self._read(media_id)
        if note is None:
            if not begin:
                raise WriterSupersededError(media_id)
            await self._begin(media_id, fence)
            return None
        if note["fence"] > fence:
            raise WriterSupersededError(media_id)
        taken = replace(await self._verified(_growth(note)), fence=fence)
        # The writer before may have noted more since it was read.
        unchanged = {"_id": media_id, "file_id": note["file_id"], "revision": note["revision"]}
        with storing_translated():
            replaced = await self._media.growing.update_one(
                unchanged,
                {
                    "$set": {"fence": fence, "chunks": taken.chunks, "tail": taken.tail},
                    "$inc": {"revision": 1},
                },
            )
        return taken if replaced.matched_count == 1 else None

    async def advance(self, growth: Growth) -> None:
        """Note how far the newest writer has got. Raises `WriterSupersededError` if it is not the newest any more."""
        with storing_translated():
            noted = await self._media.growing.update_one(
                {"_id": growth.media_id, "file_id": growth.file_id, "fence": growth.fence},
                {"$set": {"chunks": growth.chunks, "tail": growth.tail}, "$inc": {"revision": 1}},
            )
        if noted.matched_count == 0:
            raise WriterSupersededError(growth.media_id)

    async def delete(self, growth: Growth) -> bool:
        """Delete the note, and tell whether it was there."""
        with outages_translated():
            deleted = await self._media.growing.delete_one(
                {"_id": growth.media_id, "file_id": growth.file_id}
            )
        return deleted.deleted_count == 1

    async def begun_before(self, time: datetime, behind: MediaId | None, limit: int) -> Sequence[Document]:
        """Give a page of the notes that were begun before a timestamp, in the order of their ids."""
        wanted: Document = {"begun_at": {"$lt": to_timestamp(time)}}
        if behind is not None:
            wanted["_id"] = {"$gt": behind}
        with outages_translated():
            return await self._media.growing.find(
                wanted, {"_id": 1}, sort=[("_id", ASCENDING)], limit=limit
            ).to_list()

    async def _begin(self, media_id: MediaId, fence: int) -> None:
        note = {
            "_id": media_id,
            "file_id": ObjectId(),
            "fence": fence,
            "chunks": 0,
            "tail": b"",
            "revision": 1,
            "begun_at": to_timestamp(self._clock.now()),
        }
        try:
            with storing_translated():
                await self._media.growing.insert_one(note)
        except DuplicateKeyError:
            pass  # Another writer was faster.

    async def _read(self, media_id: MediaId) -> Document | None:
        check_media_id(media_id)
        with outages_translated():
            return await self._media.growing.find_one({"_id": media_id})

    async def _verified(self, growth: Growth) -> Growth:
        earlier = {"files_id": growth.file_id, "n": {"$lt": growth.chunks}}
        with outages_translated():
            if await self._media.chunks.count_documents(earlier) == growth.chunks:
                return growth
            found = self._media.chunks.find(earlier, {"_id": 0, "n": 1}, sort=[("n", ASCENDING)])
            there = 0
            async for chunk in found:
                if chunk["n"] != there:
                    break
                there += 1
        return replace(growth, chunks=there, tail=b"")


def _growth(note: Document) -> Growth:
    return Growth(note["_id"], note["file_id"], note["fence"], note["chunks"], bytes(note["tail"]))
