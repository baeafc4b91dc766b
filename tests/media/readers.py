"""Videos as a media store hands them to a worker thread."""

import io
from pathlib import Path

from typing_extensions import override

from tracklift_domain.conversion.ports import SeekableReader


class BytesVideo(SeekableReader):
    """Bytes that lie in no ordinary file."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)
        self._size = len(content)

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


class FileVideo(BytesVideo):
    """A video in an ordinary file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.read_bytes())
        self._path = path

    @property
    @override
    def path(self) -> Path | None:
        return self._path
