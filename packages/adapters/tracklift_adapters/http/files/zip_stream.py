"""ZIP archives of files that are not compressed, written while they are sent (APPNOTE.TXT 6.3.10).

Python's own writer makes the bytes. It writes into a list that is emptied after each piece, so an archive of any size
takes the memory of a piece. Since nothing is compressed, its length is known before it begins.
"""

import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast

from tracklift_domain.closing_stream import closing_stream

_LOCAL_HEADER, _CENTRAL_HEADER, _END = 30, 46, 22
_DESCRIPTOR, _LARGE_DESCRIPTOR = 16, 24
_LARGE_LOCAL_EXTRA = 20
_LARGE_EXTRA, _LARGE_NUMBER = 4, 8
_LARGE_END = 56 + 20
"""The record of an archive that goes beyond 4 GB (ZIP64), and what says where it is."""
_MODE = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipEntry:
    """A file of an archive."""

    name: str
    """Without a path; each is of its own."""
    size: int
    """Bytes."""
    modified_at: datetime
    """Shown as this time in this zone: the format has none."""
    chunks: Callable[[], AsyncIterator[bytes]]
    """Gives its bytes: exactly as many as `size` says, or an error."""


def zip_size(entries: Sequence[ZipEntry]) -> int:
    """Give the length of an archive in bytes."""
    position = directory = 0
    for entry in entries:
        name, is_large = len(entry.name.encode()), _is_large(entry.size)
        large_numbers = 2 * is_large + _is_large(position)
        directory += _CENTRAL_HEADER + name
        directory += _LARGE_EXTRA + large_numbers * _LARGE_NUMBER if large_numbers else 0
        position += _LOCAL_HEADER + name + entry.size
        position += _LARGE_LOCAL_EXTRA + _LARGE_DESCRIPTOR if is_large else _DESCRIPTOR
    return position + directory + _END + (_LARGE_END if _is_large(position) or _is_large(directory) else 0)


async def zip_chunks(entries: Sequence[ZipEntry]) -> AsyncIterator[bytes]:
    """Give the bytes of an archive. Without its end, which comes last, no program takes it for whole.

    Raises what `ZipEntry.chunks` raises.
    """
    output = _Output()
    archive = zipfile.ZipFile(cast("BinaryIO", output), "w", zipfile.ZIP_STORED)
    for entry in entries:
        info = zipfile.ZipInfo(entry.name, entry.modified_at.timetuple()[:6])
        info.external_attr = _MODE << 16
        with archive.open(info, "w", force_zip64=_is_large(entry.size)) as file:
            async with closing_stream(entry.chunks()) as chunks:
                async for chunk in chunks:
                    file.write(chunk)
                    yield output.take()
        yield output.take()
    archive.close()
    yield output.take()


def _is_large(number: int) -> bool:
    return number > zipfile.ZIP64_LIMIT


class _Output:
    """A file that can only be written to, and keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: what was written is there to be taken."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
