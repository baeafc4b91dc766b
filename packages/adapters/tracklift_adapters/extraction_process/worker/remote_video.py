import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from typing_extensions import override

from tracklift_adapters.extraction_process.protocol.byte_requests import (
    ANSWER,
    BYTES,
    MAX_BYTES,
    REQUEST,
    ConnectionEndedError,
    receive_into,
    send,
)
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.file_reader import position_after
from tracklift_domain.media.ports import SeekableReader

_READ_AHEAD = 64 * 1024
"""Bytes requested at least, so that not every small read is a request."""


class RemoteVideo(SeekableReader):
    """A video that only the application can read, as the worker reads it."""

    def __init__(self, connection: socket.socket, size: int, on_disconnect: Callable[[], NoReturn]) -> None:
        """Read over a connection; `on_disconnect` is called when that ends, and has to end this process."""
        self._connection = connection
        self._size = size
        self._on_disconnect = on_disconnect
        self._position = 0
        self._fetched = b""
        self._fetched_from = 0
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
    def close(self) -> None:
        self._closed = True
        self._fetched = b""

    def _require_open(self) -> None:
        if self._closed:
            raise ValueError("I/O operation on closed file")

    def _chunk(self, wanted: int) -> bytes:
        """Return some of the bytes at the position, at most `wanted`."""
        start = self._position - self._fetched_from
        if 0 <= start < len(self._fetched):
            return self._fetched[start : start + wanted]
        if wanted >= _READ_AHEAD:
            return self._fetch(min(wanted, MAX_BYTES))
        self._fetched = self._fetch(min(_READ_AHEAD, self._size - self._position))
        self._fetched_from = self._position
        return self._fetched[:wanted]

    def _fetch(self, count: int) -> bytes:
        try:
            send(self._connection, REQUEST.pack(self._position, count))
            receive_into(self._connection, self._head)
            status, length = ANSWER.unpack(self._head)
            content = bytearray(length)
            receive_into(self._connection, memoryview(content))
        except ConnectionEndedError:
            self._on_disconnect()
        if status != BYTES:
            raise ServiceUnavailableError(*json.loads(content))
        return bytes(content)
