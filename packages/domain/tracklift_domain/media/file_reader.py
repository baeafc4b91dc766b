"""What readers of bytes at any position have in common."""

import os
from pathlib import Path
from typing import BinaryIO

from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.ports import SeekableReader


class FileReader(SeekableReader):
    """Reads what an open file has."""

    def __init__(self, file: BinaryIO, size: int, path: Path | None = None) -> None:
        """Take over a file of `size` bytes; `path` is where it lies, if it is an ordinary one."""
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
        """Do nothing: the operating system reads ahead in files."""

    def close(self) -> None:
        self._file.close()


def position_after(offset: int, whence: int, *, position: int, size: int) -> int:
    """Give the position that `io.IOBase.seek` means, for bytes of this size that are read at `position`.

    Raises:
        ValueError: `whence` is none of the three, or the position lies before the beginning.
    """
    starts = {os.SEEK_SET: 0, os.SEEK_CUR: position, os.SEEK_END: size}
    if whence not in starts:
        raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
    if starts[whence] + offset < 0:
        raise ValueError(f"negative seek position {starts[whence] + offset}")
    return starts[whence] + offset
