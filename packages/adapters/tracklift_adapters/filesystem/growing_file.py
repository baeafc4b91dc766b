"""One file that grows, in the hands of one writer."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from tracklift_adapters.filesystem.growth_mark import GrowthMark
from tracklift_adapters.filesystem.media_record import MediaRecord
from tracklift_adapters.filesystem.shard import Shard
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.errors import WriterSupersededError, WrongOffsetError
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_runtime.running_hashes import RunningHash, RunningHashes

_MARKED_EVERY = 8 * 1024**2
"""Bytes: so much at most has to be sent again after a crash. Each mark waits for the disk."""
_READ_AT_ONCE = 1024**2


class GrowingFile:
    """Appends for one writer. Blocking; for one thread at a time.

    Each step holds a lock of the kernel on the file and finds out there whether its writer is still the newest. So a
    newer one waits for a single step of an older one at the most, after which the older one writes nothing more; and a
    process that dies lets go of all its locks.
    """

    def __init__(self, shard: Shard, media_id: MediaId, fence: int, hashes: RunningHashes) -> None:
        self._shard = shard
        self._media_id = media_id
        self._fence = fence
        self._hashes = hashes
        self._hash: RunningHash | None = None
        self._descriptor = -1
        self._size = 0
        self._marked = 0
        self._failed = False

    def open(self, start: int, now: datetime) -> None:
        """Take the file over, and cut off what lies behind its durable size; begin it if it is not there.

        Raises:
            WrongOffsetError: its size is not `start`.
            WriterSupersededError: a newer writer has it.
        """
        with self._shard.locked():
            mark = self._shard.find_mark(self._media_id)
            if mark is None:
                content = self._shard.new_content(self._media_id, now).name
                mark = GrowthMark(self._media_id, content, now, self._fence)
            elif mark.fence > self._fence:
                raise WriterSupersededError(self._media_id)
            path = self._shard.growth_path(mark)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            with self._lock():
                # An older writer may have written it once more before it let go of the file.
                mark = self._shard.find_mark(self._media_id) or mark
                self._size = self._marked = min(mark.size, os.fstat(self._descriptor).st_size)
                self._shard.write_mark(replace(mark, fence=self._fence, size=self._size))
                if self._size != start:
                    raise WrongOffsetError(self._size)
                os.ftruncate(self._descriptor, self._size)
        self._hash = self._hashes.get(self._media_id, start) if start else hashlib.sha256()

    def append(self, data: bytes | bytearray, *, mark: bool = True) -> None:
        """Write at the end. Raises `WriterSupersededError`."""
        with self._lock():
            written = self._require_newest()
            self._failed = True
            rest, position = memoryview(data), self._size
            while rest:
                count = os.pwrite(self._descriptor, rest, position)
                rest, position = rest[count:], position + count
            self._failed = False
            self._size = position
            if self._hash is not None:
                self._hash.update(data)
            if mark and self._size - self._marked >= _MARKED_EVERY:
                self._write_mark(written)

    def keep(self, rest: bytes | bytearray = b"") -> int:
        """Write the rest, and make durable what was written; give the size. Raises `WriterSupersededError`."""
        if rest and not self._failed:
            self.append(rest, mark=False)
        with self._lock():
            written = self._require_newest()
            if self._size != self._marked:
                self._write_mark(written)
        if self._hash is not None and not self._failed:
            self._hashes.put(self._media_id, self._size, self._hash)
        return self._size

    def finish(self, now: datetime) -> StoredMedia:
        """Make a stored file of what is there. Raises `WriterSupersededError`."""
        sha256 = (self._hash or self._read_back()).hexdigest()
        with self._shard.locked():
            with self._lock():
                mark = self._require_newest()
            stored = StoredMedia(id=self._media_id, size=self._size, sha256=sha256, stored_at=now)
            self._shard.replace_locked(MediaRecord(stored, mark.content))
            self._shard.mark_path(self._media_id).unlink()
        self._hashes.forget(self._media_id)
        return stored

    def close(self) -> None:
        """Let go of the file. Closing twice is not an error."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write_mark(self, mark: GrowthMark) -> None:
        os.fdatasync(self._descriptor)
        self._shard.write_mark(replace(mark, size=self._size))
        self._marked = self._size

    def _require_newest(self) -> GrowthMark:
        mark = self._shard.find_mark(self._media_id)
        if mark is None or mark.fence != self._fence:
            raise WriterSupersededError(self._media_id)
        return mark

    def _read_back(self) -> RunningHash:
        running = hashlib.sha256()
        for position in range(0, self._size, _READ_AT_ONCE):
            running.update(os.pread(self._descriptor, min(_READ_AT_ONCE, self._size - position), position))
        return running

    @contextmanager
    def _lock(self) -> Iterator[None]:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
