import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime

from bson.objectid import ObjectId
from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import CorruptGridFile, NoFile
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from typing_extensions import override

from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import SERVICE, outages_translated
from tracklift_adapters.mongodb.media_reader import open_reader
from tracklift_adapters.mongodb.media_writing import BUCKET, GridFsWriting, collection, delete_file
from tracklift_adapters.mongodb.moments import to_count, to_moment
from tracklift_domain.clock import Clock
from tracklift_domain.conversion.errors import MediaNotFoundError, MediaTooLargeError
from tracklift_domain.conversion.ports import MediaStore, SeekableReader, StoredMedia
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.finishing import finish
from tracklift_domain.identifiers import MediaId, check_media_id

_log = logging.getLogger(__name__)
_PIECE = 4 * 255 * 1024
"""Bytes that are given at a time: four chunks."""


class GridFsMediaStore(MediaStore):
    """Keeps media in GridFS, in the form of its specification, which any tool for MongoDB knows.

    A file's name is its media id. Each write makes a file of its own; the newest of a name counts, and older ones are
    deleted behind it. The document in `media.files`, written last, makes a file visible. A write is noted in
    `media.writes` before its first chunk, so that what a broken-off one leaves is found without a look at every chunk.
    """

    def __init__(self, database: MongoDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._tidying: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Wait until older files of what was just replaced are deleted. Closing twice is no error."""
        if self._tidying:
            await asyncio.wait(self._tidying)

    async def prepare(self) -> None:
        """Make the indexes. Repeating it changes nothing."""
        with outages_translated():
            await self._collection("files").create_indexes(
                [
                    IndexModel(
                        [("filename", ASCENDING), ("metadata.stored_at", DESCENDING), ("_id", DESCENDING)]
                    ),
                    IndexModel([("metadata.stored_at", ASCENDING)]),
                ]
            )
            await self._collection("chunks").create_indexes(
                [IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], unique=True)]
            )
            await self._collection("writes").create_indexes([IndexModel([("touched_at", ASCENDING)])])

    @override
    async def write(
        self, media_id: MediaId, chunks: AsyncIterable[bytes], *, largest: int | None = None
    ) -> StoredMedia:
        check_media_id(media_id)
        writing = GridFsWriting(self._database, media_id, self._clock)
        try:
            await writing.begin()
            async for chunk in chunks:
                if largest is not None and writing.size + len(chunk) > largest:
                    raise MediaTooLargeError(largest)
                await writing.add(chunk)
            stored = await finish(writing.publish())
        except BaseException:
            await finish(writing.undo())
            raise
        self._tidy(media_id)
        return stored

    @override
    async def describe(self, media_id: MediaId) -> StoredMedia:
        return _describe(await self._find(media_id))

    @override
    async def read(
        self, media_id: MediaId, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        file = await self._find(media_id)
        end = file["length"] if end is None else min(end, file["length"])
        if start >= end:
            return
        bucket = AsyncGridFSBucket(self._database.collections, BUCKET)
        try:
            with outages_translated():
                stream = await bucket.open_download_stream(file["_id"])
                await stream.seek(start)
            for position in range(start, end, _PIECE):
                with outages_translated():
                    piece = await stream.read(min(_PIECE, end - position))
                yield piece
        except NoFile as error:
            raise MediaNotFoundError(media_id) from error
        except CorruptGridFile as error:
            raise ServiceUnavailableError(SERVICE, f"{media_id} was deleted while it was read") from error

    @override
    async def open_seekable(self, media_id: MediaId) -> SeekableReader:
        file = await self._find(media_id)
        try:
            return await asyncio.to_thread(open_reader, self._database, file["_id"])
        except NoFile as error:
            raise MediaNotFoundError(media_id) from error

    @override
    async def delete(self, media_id: MediaId) -> None:
        check_media_id(media_id)
        for file in await self._find_all(media_id):
            await delete_file(self._database, file["_id"])

    @override
    async def list_stored_before(self, moment: datetime) -> AsyncIterator[StoredMedia]:
        found = self._collection("files").find({"metadata.stored_at": {"$lt": to_count(moment)}})
        with outages_translated():
            async for file in found:
                yield _describe(file)

    @override
    async def sweep_unfinished(self, before: datetime) -> int:
        swept = 0
        with outages_translated():
            notes = await self._collection("writes").find({"touched_at": {"$lt": to_count(before)}}).to_list()
        for note in notes:
            if await self._is_published(note["_id"]):
                with outages_translated():
                    await self._collection("writes").delete_one({"_id": note["_id"]})
            else:
                await delete_file(self._database, note["_id"])
                swept += 1
        return swept

    async def _is_published(self, file_id: ObjectId) -> bool:
        with outages_translated():
            return await self._collection("files").find_one({"_id": file_id}, {"_id": 1}) is not None

    async def _find(self, media_id: MediaId) -> Document:
        files = await self._find_all(media_id, limit=1)
        if not files:
            raise MediaNotFoundError(media_id)
        return files[0]

    async def _find_all(self, media_id: MediaId, *, limit: int = 0) -> list[Document]:
        """Find the files of a name, newest first; a limit of 0 means all."""
        check_media_id(media_id)
        newest_first = [("metadata.stored_at", DESCENDING), ("_id", DESCENDING)]
        with outages_translated():
            found = self._collection("files").find({"filename": media_id}, sort=newest_first, limit=limit)
            return await found.to_list()

    def _tidy(self, media_id: MediaId) -> None:
        # Not waited for: the new file counts already, and a cancellation must not say that it does not.
        task = asyncio.create_task(self._delete_older(media_id))
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)

    async def _delete_older(self, media_id: MediaId) -> None:
        try:
            # All but the newest, whoever wrote it: of concurrent writers, the last to come by leaves exactly one.
            for file in (await self._find_all(media_id))[1:]:
                await delete_file(self._database, file["_id"])
        except ServiceUnavailableError as error:
            _log.warning(
                "An older file of %s stays until it is written or deleted again: %s", media_id, error
            )

    def _collection(self, part: str) -> AsyncCollection[Document]:
        return collection(self._database.collections, part)


def _describe(file: Document) -> StoredMedia:
    return StoredMedia(
        id=file["filename"],
        size=file["length"],
        sha256=file["metadata"]["sha256"],
        stored_at=to_moment(file["metadata"]["stored_at"]),
    )
