"""Media kept in memory."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from typing_extensions import override

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import MediaId, check_media_id
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError, MediaTooLargeError
from tracklift_domain.media.file_reader import FileReader
from tracklift_domain.media.ports import MediaStore, SeekableReader
from tracklift_domain.media.stored_media import StoredMedia

_CHUNK = 256 * 1024
"""Bytes given at a time, so that readers meet several chunks as they do with other stores."""


@dataclass(slots=True)
class Growth:
    """A file that grows."""

    begun_at: datetime
    fence: int
    content: bytearray = field(default_factory=bytearray)


class InMemoryMediaStore(MediaStore):
    """Keeps whole files in memory: for tests and small demonstrations, not for real videos."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[MediaId, tuple[StoredMedia, bytes]] = {}
        self._lost: set[MediaId] = set()
        self.growing: dict[MediaId, Growth] = {}
        """What grows until it is finished."""

    def lose(self, media_id: MediaId) -> None:
        """Behave from now on as a store that has lost bytes of a file."""
        self._lost.add(media_id)

    @override
    async def write(
        self, media_id: MediaId, chunks: AsyncIterable[bytes], *, largest: int | None = None
    ) -> StoredMedia:
        check_media_id(media_id)
        content = bytearray()
        async for chunk in chunks:
            content += chunk
            if largest is not None and len(content) > largest:
                raise MediaTooLargeError(largest)
        stored = StoredMedia(
            id=media_id,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            stored_at=self._clock.now(),
        )
        self._files[media_id] = (stored, bytes(content))
        self._lost.discard(media_id)
        return stored

    @override
    async def describe(self, media_id: MediaId) -> StoredMedia:
        return self._find(media_id)[0]

    @override
    async def read(
        self, media_id: MediaId, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        content = self._content(media_id)
        end = len(content) if end is None else min(end, len(content))
        for position in range(start, end, _CHUNK):
            # Others get their turn here, as they do while a real store reads.
            await asyncio.sleep(0)
            yield content[position : min(position + _CHUNK, end)]

    @override
    async def open_seekable(self, media_id: MediaId) -> SeekableReader:
        content = self._content(media_id)
        return FileReader(io.BytesIO(content), len(content))

    @override
    async def delete(self, media_id: MediaId) -> None:
        check_media_id(media_id)
        self._files.pop(media_id, None)
        self.growing.pop(media_id, None)
        self._lost.discard(media_id)

    @override
    async def list_stored_before(self, time: datetime) -> AsyncIterator[StoredMedia]:
        for stored, _ in list(self._files.values()):
            if stored.stored_at < time:
                yield stored

    @override
    async def sweep_unfinished(self, before: datetime) -> int:
        """Find nothing: what a write gathers goes with the write, however it ends."""
        return 0

    def _content(self, media_id: MediaId) -> bytes:
        _, content = self._find(media_id)
        if media_id in self._lost:
            raise MediaLostError(media_id, "it was told to be")
        return content

    def _find(self, media_id: MediaId) -> tuple[StoredMedia, bytes]:
        check_media_id(media_id)
        found = self._files.get(media_id)
        if found is None:
            raise MediaNotFoundError(media_id)
        return found
