"""A stored file opened for reading."""

import logging
import os
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.filesystem.media_record import MediaRecord
from tracklift_adapters.filesystem.shard import Shard
from tracklift_adapters.filesystem.storage_errors import translated
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.errors import MediaLostError
from tracklift_domain.media.file_reader import position_after
from tracklift_domain.media.ports import SeekableReader

_log = logging.getLogger(__name__)


class StoredFile(SeekableReader):
    """The bytes of a stored file, which stay readable while it is open, even if it is replaced or deleted."""

    def __init__(self, shard: Shard, media_id: MediaId) -> None:
        self._shard = shard
        self._media_id = media_id
        self._record: MediaRecord | None = None
        self._descriptor = -1
        self._position = 0

    def open(self) -> None:
        """Open the file, to be called once before anything else. Raises `MediaLostError` or `MediaNotFoundError`."""
        with translated():
            record = self._shard.get(self._media_id)
            while True:
                try:
                    self._descriptor = os.open(self._shard.content_path(record), os.O_RDONLY)
                    break
                except FileNotFoundError:
                    # Replaced or deleted between the two looks: look again. The same record twice is a loss.
                    again = self._shard.get(self._media_id)
                    if again == record:
                        raise self._lost("its bytes are missing") from None
                    record = again
            if os.fstat(self._descriptor).st_size != record.stored.size:
                raise self._lost("its bytes are not as many as were stored")
            self._record = record

    @property
    @override
    def size(self) -> int:
        return self._opened.stored.size

    @property
    @override
    def path(self) -> Path:
        return self._shard.content_path(self._opened)

    def read_at(self, position: int, size: int) -> bytes:
        """Read exactly `size` bytes, which must lie within the file, and leave the reading position as it is."""
        if self._descriptor < 0:
            raise ValueError("read of closed file")
        parts: list[bytes] = []
        with translated():
            while size > 0:
                part = os.pread(self._descriptor, size, position)
                if not part:
                    raise self._lost("it was cut off")
                parts.append(part)
                position += len(part)
                size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @override
    def read(self, size: int = -1, /) -> bytes:
        left = max(self.size - self._position, 0)
        data = self.read_at(self._position, left if size < 0 else min(size, left))
        self._position += len(data)
        return data

    @override
    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._position = position_after(offset, whence, position=self._position, size=self.size)
        return self._position

    @override
    def tell(self) -> int:
        return self._position

    @override
    def expect(self, ranges: ByteRanges) -> None:
        """Do nothing: the operating system reads ahead in files."""

    @override
    def close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    @property
    def _opened(self) -> MediaRecord:
        if self._record is None:
            raise ValueError("the file was not opened")
        return self._record

    def _lost(self, reason: str) -> MediaLostError:
        error = MediaLostError(self._media_id, reason)
        _log.error("%s", error)
        return error
