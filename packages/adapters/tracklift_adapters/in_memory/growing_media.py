"""Files that grow in memory."""

from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime

from typing_extensions import override

from tracklift_adapters.in_memory.media_store import Growth, InMemoryMediaStore
from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import MediaId, check_media_id
from tracklift_domain.media.append_to_finished import append_to_finished
from tracklift_domain.media.errors import MediaNotFoundError, WriterSupersededError, WrongOffsetError
from tracklift_domain.media.ports import GrowingMedia
from tracklift_domain.media.stored_media import StoredMedia


class InMemoryGrowingMedia(GrowingMedia):
    """Lets files grow beside those of a store in memory."""

    def __init__(self, store: InMemoryMediaStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @override
    async def size(self, media_id: MediaId) -> int:
        finished = await self._finished(media_id)
        if finished is not None:
            return finished.size
        growth = self._store.growing.get(media_id)
        return len(growth.content) if growth else 0

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
        growth = self._taken_over(media_id, fence)
        if start != len(growth.content):
            raise WrongOffsetError(len(growth.content))
        added = bytearray() if all_or_nothing else growth.content
        async for chunk in chunks:
            self._require_newest(media_id, growth, fence)
            added += chunk
        self._require_newest(media_id, growth, fence)
        if all_or_nothing:
            growth.content += added
        return len(growth.content)

    @override
    async def finish(self, media_id: MediaId, *, fence: int) -> StoredMedia:
        finished = await self._finished(media_id)
        if finished is not None:
            return finished
        if media_id not in self._store.growing:
            raise WriterSupersededError(media_id)
        growth = self._taken_over(media_id, fence)
        stored = await self._store.write(media_id, _whole(bytes(growth.content)))
        del self._store.growing[media_id]
        return stored

    @override
    async def discard(self, media_id: MediaId) -> None:
        check_media_id(media_id)
        self._store.growing.pop(media_id, None)

    @override
    async def list_begun_before(self, time: datetime) -> AsyncIterator[MediaId]:
        for media_id, growth in list(self._store.growing.items()):
            if growth.begun_at < time:
                yield media_id

    async def _finished(self, media_id: MediaId) -> StoredMedia | None:
        try:
            return await self._store.describe(media_id)
        except MediaNotFoundError:
            return None

    def _taken_over(self, media_id: MediaId, fence: int) -> Growth:
        growth = self._store.growing.setdefault(media_id, Growth(self._clock.now(), fence))
        if growth.fence > fence:
            raise WriterSupersededError(media_id)
        growth.fence = fence
        return growth

    def _require_newest(self, media_id: MediaId, growth: Growth, fence: int) -> None:
        if self._store.growing.get(media_id) is not growth or growth.fence != fence:
            raise WriterSupersededError(media_id)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
