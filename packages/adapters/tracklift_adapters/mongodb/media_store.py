import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime

from typing_extensions import override

from tracklift_adapters.mongodb.chunk_retry import ChunkRetry
from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_adapters.mongodb.media_blocks import GridFsBlocks
from tracklift_adapters.mongodb.media_chunks import ChunkRange, IncompleteChunksError, count_of, error_of
from tracklift_adapters.mongodb.media_files import MediaFiles
from tracklift_adapters.mongodb.media_writing import GridFsWriting
from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId, check_media_id
from tracklift_domain.media.errors import MediaNotFoundError, MediaTooLargeError
from tracklift_domain.media.ports import MediaStore, SeekableReader
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_runtime.read_ahead.block_reader import BlockReader
from tracklift_runtime.timestamps import from_timestamp

_log = logging.getLogger(__name__)
_PIECE = 4
"""Chunks that are read with one query, 1 MB."""


class GridFsMediaStore(MediaStore):
    """Keeps media in GridFS, in the form of its specification, which any tool for MongoDB knows.

    A file's name is its media id. Each write makes a file of its own; the newest file of a name is the valid one, and
    older ones are deleted after it is published. `MediaFiles` says how files and unfinished writes are stored.
    """

    def __init__(self, database: MongoDatabase, clock: Clock) -> None:
        self._clock = clock
        self._media = MediaFiles(database, clock)
        self._settling: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Wait until older files of what was just replaced are deleted. Closing twice is no error."""
        if self._settling:
            await asyncio.wait(self._settling)

    async def prepare(self) -> None:
        """Make collections and indexes. Repeating it changes nothing."""
        await self._media.make_collections()

    @override
    async def write(
        self, media_id: MediaId, chunks: AsyncIterable[bytes], *, largest: int | None = None
    ) -> StoredMedia:
        check_media_id(media_id)
        writing = GridFsWriting(self._media, media_id, self._clock)
        try:
            writing.begin()
            async for chunk in chunks:
                if largest is not None and writing.size + len(chunk) > largest:
                    raise MediaTooLargeError(largest)
                await writing.add(chunk)
            stored = await run_to_completion(writing.publish())
        except BaseException:
            await run_to_completion(_undo(writing, media_id))
            raise
        # In the background: the new file is valid already, and a cancellation must not report a failure.
        task = asyncio.create_task(self._settle(writing, media_id))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        return stored

    @override
    async def describe(self, media_id: MediaId) -> StoredMedia:
        return describe_file(await self._find(media_id))

    @override
    async def read(
        self, media_id: MediaId, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        file = await self._find(media_id)
        end = file["length"] if end is None else min(end, file["length"])
        retry = ChunkRetry(_PIECE, self._media.patience)
        try:
            await self._require_chunks(file, start, end)
            while start < end:
                # A query for each piece: a cursor would time out while a slow client reads.
                found, piece = await self._read_some(file, start, end, retry)
                yield piece[start - found.start : end - found.start]
                start = found.end
        except IncompleteChunksError:
            raise error_of(file, is_stored=await self._media.is_stored(file["_id"])) from None

    async def _require_chunks(self, file: Document, start: int, end: int) -> None:
        """Check that no chunk is missing, before the first of several pieces is given.

        This reads only the index; a chunk of the wrong size is found when it is read.
        """
        wanted = ChunkRange.of(file, start, end, most=count_of(file))
        if wanted.count > _PIECE:
            with outages_translated():
                found = await self._media.chunks.count_documents(wanted.query["filter"])
            if found != wanted.count:
                raise IncompleteChunksError

    async def _read_some(
        self, file: Document, start: int, end: int, retry: ChunkRetry
    ) -> tuple[ChunkRange, bytes]:
        """Read as many chunks as can be read at once; repeat it where the connection breaks."""
        retry.begin()
        while True:
            wanted = ChunkRange.of(file, start, end, most=retry.at_once)
            try:
                with outages_translated():
                    found = await self._media.chunks_once.find(**wanted.query).to_list()
            except ServiceUnavailableError as error:
                await asyncio.sleep(retry.failed(error))
            else:
                retry.succeeded()
                return wanted, wanted.joined(found)

    @override
    async def open_seekable(self, media_id: MediaId) -> SeekableReader:
        return BlockReader(GridFsBlocks(self._media.chunks_for_threads, await self._find(media_id)))

    @override
    async def delete(self, media_id: MediaId) -> None:
        # The oldest first, so that no older file becomes visible again.
        await self._media.delete([file["_id"] for file in reversed(await self._media.find(media_id))])
        await self._media.discard_growing(media_id)

    @override
    async def list_stored_before(self, time: datetime) -> AsyncIterator[StoredMedia]:
        async for file in self._media.stored_before(time):
            yield describe_file(file)

    @override
    async def sweep_unfinished(self, before: datetime) -> int:
        await self.close()
        return await self._media.sweep(before)

    async def _find(self, media_id: MediaId) -> Document:
        files = await self._media.find(media_id, limit=1)
        if not files:
            raise MediaNotFoundError(media_id)
        return files[0]

    async def _settle(self, writing: GridFsWriting, media_id: MediaId) -> None:
        try:
            await self._media.settle(writing.file_id, media_id)
        except ServiceUnavailableError as error:
            _log.warning("The file before %s stays until the next sweep: %s", media_id, error)


async def _undo(writing: GridFsWriting, media_id: MediaId) -> None:
    try:
        await writing.undo()
    except ServiceUnavailableError as error:
        _log.warning("What is stored of %s stays until the next sweep: %s", media_id, error)


def describe_file(file: Document) -> StoredMedia:
    """Tell about a visible file."""
    return StoredMedia(
        id=file["filename"],
        size=file["length"],
        sha256=file["metadata"]["sha256"],
        stored_at=from_timestamp(file["metadata"]["stored_at"]),
    )
