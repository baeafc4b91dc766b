"""Media kept as files in a folder."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.filesystem.blocking_calls import BlockingThreads, CallSequence
from tracklift_adapters.filesystem.media_writing import MediaWriting
from tracklift_adapters.filesystem.shard import SHARDS, Shard, make_shards
from tracklift_adapters.filesystem.storage_errors import translated
from tracklift_adapters.filesystem.stored_file import StoredFile
from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId, check_media_id
from tracklift_domain.media.errors import MediaTooLargeError
from tracklift_domain.media.ports import MediaStore, SeekableReader
from tracklift_domain.media.stored_media import StoredMedia

PIECE = 1024**2
"""Bytes that are gathered before a thread writes them, and that are read at a time."""


class FileMediaStore(MediaStore):
    """Keeps media in a folder, which it makes, spread over folders in it by the SHA-256 of their ids.

    Folders have mode 0700 and files 0600. How a file becomes visible is told in `Shard`. After the construction all
    blocking calls run in threads of the store's own, which `close` ends: `threads` for writing and as many for reading,
    so that no reader waits while large files reach the disk.
    """

    def __init__(self, folder: Path, clock: Clock, *, threads: int = 4) -> None:
        with translated():
            self.shards = make_shards(folder)
        self._clock = clock
        self.writers = BlockingThreads(threads)
        self.readers = BlockingThreads(threads)
        self._tidying: set[Future[None]] = set()

    def close(self) -> None:
        """Wait for the calls under way and end the threads. Closing twice is not an error."""
        self.writers.close()
        self.readers.close()

    @override
    async def write(
        self, media_id: MediaId, chunks: AsyncIterable[bytes], *, largest: int | None = None
    ) -> StoredMedia:
        writing = MediaWriting(self.shard(media_id), media_id, self._clock.now())
        calls = CallSequence(self.writers)
        try:
            await _receive(chunks, largest, writing, calls)
            await calls.call(writing.make_durable)
            stored = await calls.call(writing.publish, self._clock.now())
        except BaseException:
            await calls.end_with(writing.undo)
            raise
        # Not waited for: a cancellation from here on would find a store that is neither old nor new.
        self._tidy(writing)
        return stored

    @override
    async def describe(self, media_id: MediaId) -> StoredMedia:
        record = await CallSequence(self.readers).call(self.shard(media_id).get, media_id)
        return record.stored

    @override
    async def read(
        self, media_id: MediaId, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        file = StoredFile(self.shard(media_id), media_id)
        calls = CallSequence(self.readers)
        try:
            await calls.call(file.open)
            end = file.size if end is None else min(end, file.size)
            for position in range(start, end, PIECE):
                yield await calls.call(file.read_at, position, min(PIECE, end - position))
        finally:
            calls.release(file.close)

    @override
    async def open_seekable(self, media_id: MediaId) -> SeekableReader:
        file = StoredFile(self.shard(media_id), media_id)
        calls = CallSequence(self.readers)
        try:
            await calls.call(file.open)
        except BaseException:
            calls.release(file.close)
            raise
        return file

    @override
    async def delete(self, media_id: MediaId) -> None:
        await CallSequence(self.writers).call(self.shard(media_id).remove, media_id)

    @override
    async def list_stored_before(self, time: datetime) -> AsyncIterator[StoredMedia]:
        calls = CallSequence(self.readers)
        for shard in self.shards:
            for record in await calls.call(shard.records):
                if record.stored.stored_at < time:
                    yield record.stored

    @override
    async def sweep_unfinished(self, before: datetime) -> int:
        if tidying := list(self._tidying):
            await asyncio.wait([asyncio.wrap_future(future) for future in tidying])
        return await CallSequence(self.writers).call(self._sweep, before)

    def _sweep(self, before: datetime) -> int:
        return sum(shard.sweep(before) for shard in self.shards)

    def shard(self, media_id: MediaId) -> Shard:
        """Give the folder of a file."""
        check_media_id(media_id)
        return self.shards[hashlib.sha256(media_id.encode()).digest()[0] % SHARDS]

    def _tidy(self, writing: MediaWriting) -> None:
        try:
            future = self.writers.submit(writing.remove_replaced)
        except ServiceUnavailableError:
            # Closed now: the write stands, and what it replaced is swept.
            return
        self._tidying.add(future)
        future.add_done_callback(self._tidying.discard)


async def _receive(
    chunks: AsyncIterable[bytes], largest: int | None, writing: MediaWriting, calls: CallSequence
) -> None:
    """Write chunks in pieces of bounded size, one of which is written while the next is gathered."""
    size = 0
    piece = bytearray()
    async for chunk in chunks:
        size += len(chunk)
        if largest is not None and size > largest:
            raise MediaTooLargeError(largest)
        if not piece and len(chunk) >= PIECE:
            await calls.begin(writing.append, chunk)
            continue
        piece += chunk
        if len(piece) >= PIECE:
            await calls.begin(writing.append, piece)
            piece = bytearray()
    if piece:
        await calls.begin(writing.append, piece)
