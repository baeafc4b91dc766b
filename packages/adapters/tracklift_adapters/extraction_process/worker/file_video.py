import io
import os
from functools import cached_property
from pathlib import Path

from typing_extensions import override

from tracklift_domain.media.ports import SeekableReader


class FileVideo(SeekableReader):
    """A video in a file, which is opened for reading when it is first read."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    @property
    @override
    def size(self) -> int:
        return self._size

    @property
    @override
    def path(self) -> Path | None:
        return self._path

    @override
    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    @override
    def tell(self) -> int:
        return self._file.tell()

    @override
    def close(self) -> None:
        self._file.close()

    @cached_property
    def _file(self) -> io.BufferedReader:
        return self._path.open("rb")
