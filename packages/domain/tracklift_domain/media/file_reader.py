"""Reads an open file, and resolves seek positions for all readers."""

import os
from pathlib import Path
from typing import BinaryIO

from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.ports import SeekableReader


class FileReader(SeekableReader):
    """Reads an open file."""

    def __init__(self, file: BinaryIO, size: int, path: Path | None = None) -> None:
        """Take ownership of a file of `size` bytes; `path` is its location if it is an ordinary file."""
        self._file = file
        self._size = size
        self._path = path

    @property
    def size(self) -> int:
        return self._size

    @property
    def path(self) -> Path | None:
        return self._path

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def expect(self, ranges: ByteRanges) -> None:
        """Do nothing: the operating system already reads ahead."""

    def close(self) -> None:
        self._file.close()


def position_after(offset: int, whence: int, *, position: int, size: int) -> int:
    """Return the new position according to `io.IOBase.seek`, in `size` bytes of which `position` is the current one.

    Raises:
        ValueError: `whence` is not one of the three, or the new position is before the beginning.
    """
    starts = {os.SEEK_SET: 0, os.SEEK_CUR: position, os.SEEK_END: size}
    if whence not in starts:
        raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
    if starts[whence] + offset < 0:
        raise ValueError(f"negative seek position {starts[whence] + offset}")
    return starts[whence] + offset
