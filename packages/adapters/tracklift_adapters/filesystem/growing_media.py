"""Files that grow in a folder."""

from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime

from typing_extensions import override

from tracklift_adapters.filesystem.blocking_calls import CallSequence
from tracklift_adapters.filesystem.growing_file import GrowingFile
from tracklift_adapters.filesystem.media_store import PIECE, FileMediaStore
from tracklift_adapters.filesystem.shard import Shard
from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.append_to_finished import append_to_finished
from tracklift_domain.media.errors import MediaNotFoundError, WriterSupersededError
from tracklift_domain.media.ports import GrowingMedia
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_runtime.running_hashes import RunningHashes


class FileGrowingMedia(GrowingMedia):
    """Lets files grow in the folder of a store, and in its threads.

    A file is written in place. How far it is on the disk for certain stands in its mark, which is written after the
    bytes; what lies behind that is cut off by the next writer.
    """

    def __init__(self, store: FileMediaStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._hashes = RunningHashes()

    @override
    async def size(self, media_id: MediaId) -> int:
        return await CallSequence(self._store.readers).call(_size, self._store.shard(media_id), media_id)

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
        file = GrowingFile(self._store.shard(media_id), media_id, fence, self._hashes)
        calls = CallSequence(self._store.writers)
        piece = bytearray()
        try:
            await calls.call(file.open, start, self._clock.now())
            try:
                async for chunk in chunks:
                    piece += chunk
                    if len(piece) >= PIECE:
                        await calls.begin(file.append, piece, mark=not all_or_nothing)
                        piece = bytearray()
                return await calls.call(file.keep, piece)
            except BaseException:
                if not all_or_nothing:
                    await calls.end_with(lambda: file.keep(piece))
                raise
        finally:
            calls.release(file.close)

    @override
    async def finish(self, media_id: MediaId, *, fence: int) -> StoredMedia:
        finished = await self._finished(media_id)
        if finished is not None:
            return finished
        shard = self._store.shard(media_id)
        calls = CallSequence(self._store.writers)
        mark = await calls.call(shard.find_mark, media_id)
        if mark is None:
            raise WriterSupersededError(media_id)
        file = GrowingFile(shard, media_id, fence, self._hashes)
        try:
            await calls.call(file.open, await self.size(media_id), self._clock.now())
            return await calls.call(file.finish, self._clock.now())
        finally:
            calls.release(file.close)

    @override
    async def discard(self, media_id: MediaId) -> None:
        await CallSequence(self._store.writers).call(self._store.shard(media_id).discard_growth, media_id)
        self._hashes.forget(media_id)

    @override
    async def list_begun_before(self, time: datetime) -> AsyncIterator[MediaId]:
        calls = CallSequence(self._store.readers)
        for shard in self._store.shards:
            for mark in await calls.call(shard.marks):
                if mark.begun_at < time:
                    yield mark.id

    async def _finished(self, media_id: MediaId) -> StoredMedia | None:
        try:
            return await self._store.describe(media_id)
        except MediaNotFoundError:
            return None


def _size(shard: Shard, media_id: MediaId) -> int:
    # The mark first: when a file is finished, it goes after the record has come.
    mark = shard.find_mark(media_id)
    if mark is None:
        try:
            return shard.get(media_id).stored.size
        except MediaNotFoundError:
            return 0
    try:
        return min(mark.size, shard.growth_path(mark).stat().st_size)
    except FileNotFoundError:
        return 0
