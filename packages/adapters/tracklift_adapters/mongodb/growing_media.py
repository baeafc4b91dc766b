import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime

from pymongo.errors import DuplicateKeyError
from typing_extensions import override

from tracklift_adapters.mongodb.chunk_pipeline import new_hash
from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated, storing_translated
from tracklift_adapters.mongodb.fenced_chunks import FencedChunks
from tracklift_adapters.mongodb.growing_writing import GridFsGrowingWriting
from tracklift_adapters.mongodb.growth import Growth, GrowthNotes
from tracklift_adapters.mongodb.media_chunks import ChunkRange, IncompleteChunksError
from tracklift_adapters.mongodb.media_files import CHUNK, MediaFiles, file_document
from tracklift_adapters.mongodb.media_store import describe_file
from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId, check_media_id
from tracklift_domain.media.append_to_finished import append_to_finished
from tracklift_domain.media.errors import (
    MediaLostError,
    OutOfSpaceError,
    WriterSupersededError,
    WrongOffsetError,
)
from tracklift_domain.media.ports import GrowingMedia
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_runtime.running_hashes import RunningHash, RunningHashes

_log = logging.getLogger(__name__)
_PAGE = 500
_READ_AT_ONCE = 8
"""Chunks, 2 MB, when a file is read back for its hash."""


class GridFsGrowingMedia(GrowingMedia):
    """Lets files grow in GridFS: their chunks are those of the file that they become, so nothing is copied at the end.

    `FencedChunks` says why no older writer can harm what a newer one stores, and `GrowthNotes` how far a file is.
    """

    def __init__(self, database: MongoDatabase, clock: Clock) -> None:
        self._clock = clock
        self._media = MediaFiles(database, clock)
        self._notes = GrowthNotes(self._media, clock)
        self._hashes = RunningHashes()

    @override
    async def size(self, media_id: MediaId) -> int:
        # The note first: when a file is finished, it goes after the file has come.
        growth = await self._notes.find(media_id)
        if growth is not None:
            return growth.size
        finished = await self._finished(media_id)
        return finished.size if finished else 0

    @override
    async def append(
        self,
        media_id: MediaId,
        chunks: AsyncIterable[bytes],
        *,
        start: int,
        fence: int,
        all_or_nothing: bool = False,
    ) -> int:
        finished = await self._finished(media_id)
        if finished is not None:
            return await append_to_finished(finished, chunks, start=start)
        growth = await self._notes.take_over(media_id, fence, begin=True)
        if growth.size != start:
            raise WrongOffsetError(growth.size)
        writing = GridFsGrowingWriting(
            self._media, self._notes, growth, self._hashes, noted=not all_or_nothing
        )
        try:
            await writing.begin()
            async for chunk in chunks:
                await writing.add(chunk)
            return await run_to_completion(writing.keep())
        except BaseException:
            await run_to_completion(_end(writing, media_id, keep=not all_or_nothing))
            raise

    @override
    async def finish(self, media_id: MediaId, *, fence: int) -> StoredMedia:
        finished = await self._finished(media_id)
        if finished is not None:
            return finished
        growth = await self._notes.take_over(media_id, fence, begin=False)
        running = await self._hash(growth)
        running.update(growth.tail)
        last = FencedChunks(self._media, growth, None)
        await last.add(growth.tail)
        await last.end_chunk()
        await last.end_batch()
        await last.wait_for(0)
        stored = StoredMedia(
            id=media_id, size=growth.size, sha256=running.hexdigest(), stored_at=self._clock.now()
        )
        return await run_to_completion(self._publish(growth, stored))

    @override
    async def discard(self, media_id: MediaId) -> None:
        check_media_id(media_id)
        await self._media.discard_growing(media_id)
        self._hashes.forget(media_id)

    @override
    async def list_begun_before(self, time: datetime) -> AsyncIterator[MediaId]:
        behind: MediaId | None = None
        while True:
            page = await self._notes.begun_before(time, behind, _PAGE)
            for note in page:
                yield note["_id"]
            if len(page) < _PAGE:
                return
            behind = page[-1]["_id"]

    async def _finished(self, media_id: MediaId) -> StoredMedia | None:
        files = await self._media.find(media_id, limit=1)
        return describe_file(files[0]) if files else None

    async def _publish(self, growth: Growth, stored: StoredMedia) -> StoredMedia:
        file = file_document(growth.file_id, stored, await self._media.next_generation(stored.id))
        # Once more, as reading may have taken long.
        await self._notes.advance(growth)
        try:
            with storing_translated():
                await self._media.files.insert_one(file)
        except DuplicateKeyError:
            pass  # Each process that finishes a file does so with the same bytes.
        if not await self._notes.delete(growth) and await self._finished(stored.id) is None:
            raise WriterSupersededError(stored.id)
        self._hashes.forget(stored.id)
        return stored

    async def _hash(self, growth: Growth) -> RunningHash:
        """Give the hash of the full chunks, and read them back where it is not known here."""
        running = self._hashes.get(growth.media_id, growth.chunks * CHUNK) if growth.chunks else new_hash()
        if running is not None:
            return running
        running = new_hash()
        file: Document = {
            "_id": growth.file_id,
            "filename": growth.media_id,
            "length": growth.size,
            "chunkSize": CHUNK,
        }
        end = growth.chunks * CHUNK
        position = 0
        while position < end:
            wanted = ChunkRange.of(file, position, end, most=_READ_AT_ONCE)
            with outages_translated():
                found = await self._media.chunks.find(**wanted.query).to_list()
            try:
                await asyncio.to_thread(running.update, wanted.joined(found))
            except IncompleteChunksError:
                raise MediaLostError(growth.media_id, "chunks are missing or damaged") from None
            position = wanted.end
        return running


async def _end(writing: GridFsGrowingWriting, media_id: MediaId, *, keep: bool) -> None:
    try:
        if keep:
            await writing.keep()
    except (ServiceUnavailableError, OutOfSpaceError, WriterSupersededError) as error:
        _log.warning("The last bytes for %s are not kept: %s", media_id, error)
    finally:
        await writing.settle()
