import os
from pathlib import Path

from pymongo.synchronous.collection import Collection
from typing_extensions import override

from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_adapters.mongodb.media_chunks import Stretch
from tracklift_domain.conversion.ports import SeekableReader

_MOST = 16
"""Chunks fetched at once, 4 MB."""


class GridFsReader(SeekableReader):
    """Reads a file of GridFS from a worker thread.

    Whoever jumps about is given a chunk at a time; who reads on has ever more fetched at once. The driver's own reader
    would ask for 16 MB after each jump.
    """

    def __init__(self, chunks: Collection[Document], file: Document) -> None:
        self._chunks = chunks
        self._file = file
        self._position = 0
        self._fetched = Stretch(file, 0, 0)
        self._bytes = b""
        self._closed = False

    @property
    @override
    def size(self) -> int:
        size: int = self._file["length"]
        return size

    @property
    @override
    def path(self) -> Path | None:
        return None

    @override
    def read(self, size: int = -1, /) -> bytes:
        self._require_open()
        end = self.size if size < 0 else min(self._position + size, self.size)
        pieces = []
        while self._position < end:
            if not self._fetched.start <= self._position < self._fetched.end:
                self._fetch(end)
            start = self._position - self._fetched.start
            pieces.append(self._bytes[start : end - self._fetched.start])
            self._position += len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._require_open()
        starts = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}
        if whence not in starts:
            raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
        position = starts[whence] + offset
        if position < 0:
            raise ValueError(f"negative seek position {position}")
        self._position = position
        return position

    @override
    def tell(self) -> int:
        self._require_open()
        return self._position

    @override
    def close(self) -> None:
        self._closed = True
        self._bytes = b""

    def _require_open(self) -> None:
        if self._closed:
            raise ValueError("I/O operation on closed file")

    def _fetch(self, end: int) -> None:
        """Fetch the chunk at the position, and more: what is asked for up to `end`, or what likely will be."""
        reads_on = self._position == self._fetched.end
        ahead = 2 * self._fetched.count * self._file["chunkSize"] if reads_on else 0
        end = max(end, self._position + ahead)
        stretch = Stretch.of(self._file, self._position, end, most=_MOST)
        # Let go of the bytes from before first, so that not both are in memory.
        self._fetched, self._bytes = Stretch(self._file, 0, 0), b""
        with outages_translated():
            chunks = self._chunks.find(**stretch.query).to_list()
        self._fetched, self._bytes = stretch, stretch.joined(chunks)
