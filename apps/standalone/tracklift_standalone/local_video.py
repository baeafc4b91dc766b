"""A video in a file of the user's own."""

from pathlib import Path

from typing_extensions import override

from tracklift_domain.conversion.ports import SeekableReader


class LocalVideo(SeekableReader):
    """Reads a video where it lies. Raises `OSError` when it can't be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb")
        self._size = self._file.seek(0, 2)
        self._file.seek(0)

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
    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    @override
    def tell(self) -> int:
        return self._file.tell()

    @override
    def close(self) -> None:
        self._file.close()
