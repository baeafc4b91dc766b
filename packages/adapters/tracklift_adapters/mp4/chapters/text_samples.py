"""The first samples of a text track: where they lie, when they begin, and what they say.

Their tables are those of ISO/IEC 14496-12, 8.6.1 and 8.7; a sample is that of the QuickTime File Format, Text Media.

No more is read than so many samples need, whatever the tables claim to have.
"""

import struct
from collections.abc import Iterator, Mapping
from itertools import accumulate, chain, islice, repeat
from typing import Any

from tracklift_adapters.mp4.metadata.metadata_text import decode_text
from tracklift_adapters.mp4.structure.boxes import Box, fields
from tracklift_adapters.mp4.structure.byte_source import ByteSource

_TIME_RUN = struct.Struct(">Ii")
_CHUNK_RUN = struct.Struct(">III")
_OFFSETS = ((b"stco", struct.Struct(">I")), (b"co64", struct.Struct(">Q")))
_SIZE = struct.Struct(">I")


def sample_starts(source: ByteSource, sample_table: Mapping[bytes, Box], most: int) -> list[int]:
    """Give when each sample begins, in the media's time scale. Durations may be negative, as some programs write them.

    Raises:
        ExtractionError: a box is too short.
    """
    durations = chain.from_iterable(
        repeat(duration, min(count, most))
        for count, duration in read_entries(source, sample_table.get(b"stts"), _TIME_RUN, most)
    )
    return list(accumulate(islice(durations, most), initial=0))[:most]


def sample_places(
    source: ByteSource, sample_table: Mapping[bytes, Box], most: int
) -> Iterator[tuple[int, int]]:
    """Give the position and the size of each sample.

    Raises:
        ExtractionError: a box is too short.
    """
    sizes = iter(_sizes(source, sample_table.get(b"stsz"), most))
    for position, count in _chunks(source, sample_table, most):
        start = position
        for size in islice(sizes, count):
            yield start, size
            start += size


def read_sample(source: ByteSource, position: int, size: int, longest: int) -> str | None:
    """Read the first `longest` bytes of a text; none where the sample has no room for it.

    Raises:
        ExtractionError: the file ends before.
    """
    length = int.from_bytes(source.at(position, 2)) if size >= 2 else size
    if length > size - 2:
        return None
    data = source.at(position + 2, min(length, longest))
    try:
        return decode_text(data, whole=len(data) == length)
    except UnicodeDecodeError:
        # What QuickTime itself wrote before there was UTF-8.
        return data.decode("mac_roman")


def _sizes(source: ByteSource, stsz: Box | None, most: int) -> list[int]:
    if stsz is None:
        return []
    each, count = struct.unpack(">4xII", fields(source, stsz, 0, 12))
    if each:
        return [each] * min(count, most)
    return [size for (size,) in read_entries(source, stsz, _SIZE, most, start=12)]


def _chunks(source: ByteSource, sample_table: Mapping[bytes, Box], most: int) -> list[tuple[int, int]]:
    """Give where each chunk begins and how many samples it has."""
    offsets: list[int] = []
    for kind, entry in _OFFSETS:
        if kind in sample_table:
            offsets = [offset for (offset,) in read_entries(source, sample_table[kind], entry, most)]
            break
    counts = [0] * len(offsets)
    for first, count, _ in read_entries(source, sample_table.get(b"stsc"), _CHUNK_RUN, most):
        if 1 <= first <= len(counts):
            counts[first - 1 :] = [count] * (len(counts) - first + 1)
    return list(zip(offsets, counts, strict=True))


def read_entries(
    source: ByteSource, box: Box | None, entry: struct.Struct, most: int, *, start: int = 8
) -> Iterator[Any]:
    """Give the entries of a table whose count is in front of it, at most so many, and no more than there is room for.

    Raises:
        ExtractionError: the box is too short for the count.
    """
    if box is None:
        return iter(())
    claimed = int.from_bytes(fields(source, box, start - 4, 4))
    room = (box.end - box.start - start) // entry.size
    return entry.iter_unpack(fields(source, box, start, min(claimed, most, room) * entry.size))
