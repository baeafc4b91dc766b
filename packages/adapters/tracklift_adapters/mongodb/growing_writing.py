import asyncio
from dataclasses import replace

from tracklift_adapters.mongodb.chunk_pipeline import new_hash
from tracklift_adapters.mongodb.fenced_chunks import FencedChunks
from tracklift_adapters.mongodb.growth import Growth, GrowthNotes
from tracklift_adapters.mongodb.media_files import CHUNK, MediaFiles
from tracklift_runtime.running_hashes import RunningHashes

_NOTED_EVERY = 32
"""Chunks, 8 MB: so much at most has to be sent again after a crash."""


class GridFsGrowingWriting:
    """What one writer adds to a file that grows.

    Full chunks are inserted as they become so, and how many are acknowledged is noted now and then beside that. At the
    end the bytes behind the last full chunk go into the note, and the next writer begins with them.
    """

    def __init__(
        self, media: MediaFiles, notes: GrowthNotes, growth: Growth, hashes: RunningHashes, *, noted: bool
    ) -> None:
        """With `noted`, the file grows while bytes come in, else in one step at the end."""
        self._notes = notes
        self._growth = growth
        self._hashes = hashes
        running = hashes.get(growth.media_id, growth.chunks * CHUNK) if growth.chunks else new_hash()
        self._chunks = FencedChunks(media, growth, running)
        self._noted = growth.chunks
        self._notes_along = noted
        self._noting: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Begin with the bytes that wait to become a chunk."""
        await self._chunks.add(self._growth.tail)

    async def add(self, piece: bytes) -> None:
        """Add bytes; waits while enough is in flight. Raises `WriterSupersededError`."""
        await self._chunks.add(piece)
        if self._noting is not None and self._noting.done():
            noting, self._noting = self._noting, None
            noting.result()
        if self._notes_along and self._noting is None:
            stored = self._chunks.stored
            if stored - self._noted >= _NOTED_EVERY:
                self._noted = stored
                self._noting = asyncio.create_task(
                    self._notes.advance(replace(self._growth, chunks=stored, tail=b""))
                )

    async def keep(self) -> int:
        """Store the rest and give the size of the file. Raises `WriterSupersededError`."""
        await self._chunks.end_batch()
        await self._chunks.wait_for(0)
        await self._settle_noting()
        grown = replace(self._growth, chunks=self._chunks.stored, tail=self._chunks.rest())
        await self._notes.advance(grown)
        if self._chunks.running is not None:
            self._hashes.put(grown.media_id, grown.chunks * CHUNK, self._chunks.running)
        return grown.size

    async def settle(self) -> None:
        """Wait for what is under way, however it ends."""
        await self._settle_noting()
        await self._chunks.settle()

    async def _settle_noting(self) -> None:
        if self._noting is not None:
            await asyncio.gather(self._noting, return_exceptions=True)
            self._noting = None
