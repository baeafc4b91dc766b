import json
import os
import socket
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from typing_extensions import override

from tracklift_adapters.extraction_process.protocol.byte_requests import (
    ANSWER,
    BYTES,
    MAX_BYTES,
    MAX_RANGES,
    ConnectionEndedError,
    encode_request,
    receive_into,
    send,
)
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.file_reader import position_after
from tracklift_domain.media.ports import SeekableReader

_READ_AHEAD = 64 * 1024
"""Bytes requested at least, so that not every small read is a request."""
_SPAN = 2**20
"""Bytes of the video from which expected ranges are requested at once, so that no answer takes long."""
_EXPECTED = 256 * 1024
"""Bytes of expected ranges requested at once."""


class RemoteVideo(SeekableReader):
    """A video that only the application can read, as the worker reads it."""

    def __init__(self, connection: socket.socket, size: int, on_disconnect: Callable[[], NoReturn]) -> None:
        """Read over a connection; `on_disconnect` is called when that ends, and has to end this process."""
        self._connection = connection
        self._size = size
        self._on_disconnect = on_disconnect
        self._position = 0
        self._starts: list[int] = []
        self._chunks: list[memoryview] = []
        """What was fetched last, and where each of the chunks begins."""
        self._buffer = memoryview(bytearray(MAX_BYTES))
        """What the chunks lie in: a new one for each answer would have to be cleared each time."""
        self._expected: ByteRanges | None = None
        self._head = memoryview(bytearray(ANSWER.size))
        self._closed = False

    @property
    @override
    def size(self) -> int:
        return self._size

    @property
    @override
    def path(self) -> Path | None:
        return None

    @override
    def read(self, size: int = -1, /) -> bytes:
        self._require_open()
        left = max(self._size - self._position, 0)
        wanted = left if size < 0 else min(size, left)
        chunks = []
        while wanted:
            chunks.append(self._chunk(wanted))
            wanted -= len(chunks[-1])
            self._position += len(chunks[-1])
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._require_open()
        self._position = position_after(offset, whence, position=self._position, size=self.size)
        return self._position

    @override
    def tell(self) -> int:
        self._require_open()
        return self._position

    @override
    def expect(self, ranges: ByteRanges) -> None:
        self._require_open()
        self._expected = ranges

    @override
    def close(self) -> None:
        self._closed = True
        self._starts, self._chunks = [], []

    def _require_open(self) -> None:
        if self._closed:
            raise ValueError("I/O operation on closed file")

    def _chunk(self, wanted: int) -> bytes:
        """Return some of the bytes at the position, at most `wanted`."""
        chunk = self._fetched()
        if not chunk:
            self._fetch(self._expected_ranges() or [(self._position, self._size_of_request(wanted))])
            chunk = self._fetched()
        return bytes(chunk[:wanted])

    def _fetched(self) -> memoryview:
        """Give what was fetched from the position on."""
        number = bisect_right(self._starts, self._position) - 1
        return (
            self._chunks[number][self._position - self._starts[number] :] if number >= 0 else memoryview(b"")
        )

    def _size_of_request(self, wanted: int) -> int:
        if wanted >= _READ_AHEAD:
            return min(wanted, MAX_BYTES)
        return min(_READ_AHEAD, self._size - self._position)

    def _expected_ranges(self) -> list[tuple[int, int]]:
        """Give offsets and sizes of the expected ranges from the position on; none if it lies in none of them."""
        found: list[tuple[int, int]] = []
        if self._expected is None:
            return found
        room = _EXPECTED
        for start, end in self._expected.from_position(self._position):
            if not found and start > self._position:
                break
            if not room or start >= self._position + _SPAN or len(found) == MAX_RANGES:
                break
            size = min(end - start, room)
            found.append((start, size))
            room -= size
        return found

    def _fetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        self._starts, self._chunks = [], []
        try:
            send(self._connection, encode_request(ranges))
            receive_into(self._connection, self._head)
            status, length = ANSWER.unpack(self._head)
            content = self._buffer[:length]
            receive_into(self._connection, content)
        except ConnectionEndedError:
            self._on_disconnect()
        if status != BYTES:
            raise ServiceUnavailableError(*json.loads(bytes(content)))
        self._starts = [start for start, _ in ranges]
        for _, size in ranges:
            self._chunks.append(content[:size])
            content = content[size:]
