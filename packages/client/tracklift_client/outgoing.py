"""What is sent of a video: its sound if possible, else the whole file."""

import os
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, Self

from tracklift_client.errors import FileChangedError
from tracklift_client.sound_extract.errors import NoExtractError
from tracklift_client.sound_extract.extract import SoundExtract
from tracklift_client.steps import Body

_PIECE = 256 * 1024


class Ranges(Protocol):
    """Bytes of a known number, of which each range can be read at any time."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes."""

    @abstractmethod
    def read(self, offset: int, length: int) -> bytes:
        """Give `length` bytes from an offset, fewer only at the end. Raises `OSError`."""


class Outgoing:
    """The bytes to send of a video in a file, which must not change meanwhile. To be closed."""

    def __init__(self, path: Path, *, whole: bool = False, name: str | None = None) -> None:
        """Open a file; `whole` sends all of it in any case, `name` tells the server another name.

        Raises:
            OSError: the file can't be read.
        """
        self._file = path.open("rb")
        try:
            # A name in the file system may have bytes that are no text.
            self.name = (path.name if name is None else name).encode(errors="replace").decode()
            self.stamp = self._stamp()
            self.kind, self.reason, self._ranges = _choose(self._file, whole=whole)
        except BaseException:
            self._file.close()
            raise

    @property
    def size(self) -> int:
        """Bytes that are sent."""
        return self._ranges.size

    def read(self, offset: int, length: int) -> bytes:
        """Give `length` bytes from an offset, fewer only at the end.

        Raises:
            FileChangedError: the file is not the same any more.
            OSError: it can't be read.
        """
        try:
            data = self._ranges.read(offset, length)
        except OSError:
            self._check()
            raise
        self._check()
        return data

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Give the bytes from `start` to before `end`, piece by piece. Raises as `read` does."""
        last = self.size if end is None else end
        for position in range(start, last, _PIECE):
            yield self.read(position, min(_PIECE, last - position))

    def body(self, start: int = 0, end: int | None = None) -> Body:
        """Make the body of a request of the bytes from `start` to before `end`."""
        last = self.size if end is None else end
        return Body(last - start, lambda: self.pieces(start, last))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stamp(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns

    def _check(self) -> None:
        if self._stamp() != self.stamp:
            raise FileChangedError(
                f"{self.name} changed while it was sent: send it again once it is complete."
            )


class _WholeFile:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    def read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)


def _choose(file: BinaryIO, *, whole: bool) -> tuple[str, str, Ranges]:
    """Give what is sent, `sound` or `whole`, with the reason for the latter."""
    if whole:
        return "whole", "asked for", _WholeFile(file)
    try:
        return "sound", "", SoundExtract(file)
    except NoExtractError as error:
        return "whole", str(error), _WholeFile(file)
