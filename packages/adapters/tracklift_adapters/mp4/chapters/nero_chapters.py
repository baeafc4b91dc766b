"""Chapters as Nero's programs write them, and many others: the box `chpl` of the movie's user data.

It is a full box. In version 0 a count follows (8 bits), in version 1 a byte that means nothing and a count (32 bits).
Each chapter has its start in units of 100 ns (64 bits), the size of its title (8 bits) and the title in UTF-8. There is
no standard; these are the forms that ffmpeg and mp4v2 write and read.
"""

import struct
from collections.abc import Iterator

from tracklift_adapters.mp4.metadata.metadata_parts import first_part
from tracklift_adapters.mp4.structure.boxes import Box
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.chapters import MOST_CHAPTERS
from tracklift_domain.extraction.errors import ExtractionError

_UNITS = 10_000_000
"""Per second."""
_COUNTS = {0: slice(4, 5), 1: slice(5, 9)}
"""Where the count lies, by the version."""
_ENTRY = struct.Struct(">qB")
_LONGEST_ENTRY = _ENTRY.size + 0xFF
_MOST_BYTES = 9 + MOST_CHAPTERS * _LONGEST_ENTRY


def read_nero_chapters(source: ByteSource, user_data: Box) -> list[tuple[float, str]]:
    """Give starts in seconds and titles, up to the first chapter that does not fit into the box."""
    box = first_part(source, user_data, b"chpl")
    if box is None:
        return []
    try:
        data = source.at(box.start, min(box.end - box.start, _MOST_BYTES))
    except ExtractionError:
        return []
    return list(_entries(data))


def _entries(data: bytes) -> Iterator[tuple[float, str]]:
    counted = _COUNTS.get(data[0]) if data else None
    if counted is None:
        return
    position = counted.stop
    for _ in range(min(int.from_bytes(data[counted]), MOST_CHAPTERS)):
        if position + _ENTRY.size > len(data):
            return
        start, size = _ENTRY.unpack_from(data, position)
        position += _ENTRY.size + size
        if position > len(data):
            return
        # A writer may have cut a title in the middle of a character.
        yield start / _UNITS, data[position - size : position].decode("utf-8", "ignore")
