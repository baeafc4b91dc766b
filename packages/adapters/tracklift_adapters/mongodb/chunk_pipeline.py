import asyncio
import hashlib
from collections.abc import Coroutine
from typing import Any

from bson.objectid import ObjectId
from pymongo.errors import BulkWriteError

from tracklift_adapters.mongodb.chunk_retry import ChunkRetry
from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import is_all_duplicates, storing_translated
from tracklift_adapters.mongodb.media_files import CHUNK, MediaFiles
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.running_hashes import RunningHash

_BATCH = 8
"""Chunks that are inserted at once, about 2 MB."""
_IN_FLIGHT = 2
"""Batches in flight: the server syncs one to disk while it receives the next."""


class ChunkPipeline:
    """Cuts bytes into the chunks of a file and inserts them.

    The driver's own writer gathers 48 MB, inserts them and waits; this one inserts small batches while more bytes
    arrive, which is faster, and a hundred concurrent uploads fit into memory. Each batch is durable when it is
    acknowledged; a batch whose acknowledgement was lost with its connection is sent again, in smaller parts.
    """

    def __init__(
        self,
        media: MediaFiles,
        file_id: ObjectId,
        *,
        first: int = 0,
        running: RunningHash | None = None,
    ) -> None:
        """Begin with chunk number `first`; `running` hashes the chunks before it, and takes in those that follow."""
        self.media = media
        self.file_id = file_id
        self.size = 0
        """Bytes that were added."""
        self.chunks = first
        """How many chunks there are, with those before the first."""
        self.stored = first
        """How many of them, from the beginning on, are acknowledged."""
        self.running = running
        self._chunk = bytearray()
        self._batch: list[Document] = []
        self._acknowledged: dict[int, int] = {}
        self._hashing = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()
        self._retry = ChunkRetry(_BATCH, media.patience)

    async def add(self, piece: bytes) -> None:
        """Add bytes; waits while as many batches as allowed are in flight and another one is full."""
        self.size += len(piece)
        view = memoryview(piece)
        while view:
            part = view[: CHUNK - len(self._chunk)]
            self._chunk += part
            view = view[len(part) :]
            if len(self._chunk) == CHUNK:
                await self.end_chunk()

    async def end_chunk(self) -> None:
        """End the chunk that is not full yet, if it has bytes: only the last one of a file may be so."""
        if not self._chunk:
            return
        self._batch.append(self.document(self.chunks, bytes(self._chunk)))
        self._chunk.clear()
        self.chunks += 1
        if len(self._batch) == _BATCH:
            await self.end_batch()

    async def end_batch(self) -> None:
        """Begin to insert the chunks that are full."""
        if not self._batch:
            return
        is_first = self.chunks <= _BATCH
        await self.wait_for(0 if is_first else _IN_FLIGHT - 1)
        batch, self._batch = self._batch, []
        self.start(self._insert(batch))

    def rest(self) -> bytes:
        """Give the bytes that make no full chunk."""
        return bytes(self._chunk)

    def document(self, number: int, data: bytes) -> Document:
        """Make the document of a chunk."""
        return {"_id": ObjectId(), "files_id": self.file_id, "n": number, "data": data}

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin something that is waited for like a batch."""
        self._under_way.add(asyncio.create_task(work))

    async def wait_for(self, most: int) -> None:
        """Wait until at most so many tasks are in flight, and raise the error of one that failed.

        A cancellation does not reach what is under way, so that it is known how it ended.
        """
        while True:
            ended = {task for task in self._under_way if task.done()}
            for task in ended:
                task.result()
            self._under_way -= ended
            if len(self._under_way) <= most:
                return
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def settle(self) -> bool:
        """Wait for all that is under way, and tell whether it is in doubt what of it is stored."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        # Each one's exception is read, as asyncio logs those that are never read.
        in_doubt = [
            task
            for task in self._under_way
            if task.cancelled() or isinstance(task.exception(), ServiceUnavailableError)
        ]
        return bool(in_doubt)

    async def insert_once(self, chunks: list[Document], *, repeated: bool) -> None:
        """Insert chunks with one command; those of a repeated one may be stored already."""
        with storing_translated():
            try:
                await self.media.chunks_once.insert_many(chunks, ordered=False)
            except BulkWriteError as error:
                # Chunks that were stored before, though the answer was lost.
                if not (repeated and is_all_duplicates(error)):
                    raise

    async def _insert(self, batch: list[Document]) -> None:
        async with self._hashing:  # which batches enter in the order in which they were started
            if self.running is not None:
                await asyncio.to_thread(_hash, self.running, batch)
        first, behind = batch[0]["n"], batch[-1]["n"] + 1
        self._retry.begin()
        repeated = False
        while batch:
            part = batch[: self._retry.at_once]
            try:
                await self.insert_once(part, repeated=repeated)
            except ServiceUnavailableError as error:
                await asyncio.sleep(self._retry.failed(error))
                repeated = True
            else:
                self._retry.succeeded()
                batch = batch[len(part) :]
        self._acknowledged[first] = behind
        while self.stored in self._acknowledged:
            self.stored = self._acknowledged.pop(self.stored)


def _hash(running: RunningHash, batch: list[Document]) -> None:
    for chunk in batch:
        running.update(chunk["data"])


def new_hash() -> RunningHash:
    """Begin to hash a file."""
    return hashlib.sha256()
