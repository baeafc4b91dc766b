"""Where the samples of a track lie (ISO/IEC 14496-12, 8.7): the position and the bytes of each chunk.

`stsz` (or `stz2`) gives the sizes of the samples, `stco` (or `co64`) where each chunk of samples begins in the file,
and `stsc` how many samples a chunk has, in runs of chunks with equally many.
"""

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from itertools import pairwise, repeat

from tracklift_client.sound_extract.boxes import Box, fields, number, only
from tracklift_client.sound_extract.errors import damaged, too_large, unsupported
from tracklift_client.sound_extract.packing import Packing
from tracklift_client.sound_extract.ranges import Place
from tracklift_client.sound_extract.sample_sizes import read_sizes
from tracklift_client.sound_extract.source import Source

MOST_CHUNKS = 2_000_000
"""Of one track: 12 hours of AAC with a chunk for each sample."""
_RUN = struct.Struct(">III")
_CODES = {b"stco": "I", b"co64": "Q"}
ENTRIES_START = 8


class Chunks:
    """The chunks of a track in the order of its table."""

    def __init__(self, offsets: "array[int]", sizes: "array[int]") -> None:
        self._offsets = offsets
        self._sizes = sizes

    def __iter__(self) -> Iterator[Place]:
        return zip(self._offsets, self._sizes, strict=True)

    def __len__(self) -> int:
        return len(self._offsets)

    def ascending(self) -> Iterator[Place]:
        """Give them in the order of the file."""
        are_sorted = all(one <= other for one, other in pairwise(self._offsets))
        return iter(self) if are_sorted else iter(sorted(self))


def offsets_box(table: list[Box]) -> Box | None:
    """Give the box of chunk offsets."""
    return only(table, *_CODES)


def read_chunks(source: Source, table: list[Box], packing: Packing | None, *, single: bool) -> Chunks:
    """Read where the chunks lie.

    Args:
        source: The file.
        table: The boxes of the sample table.
        packing: How samples are packed, where they are single samples of sound.
        single: Whether they are.

    Raises:
        NoExtractError: a table is damaged or too large, or names bytes that are not there.
    """
    sizes, offsets = read_sizes(source, table), _read_offsets(source, table)
    if not offsets and sizes.count:
        raise damaged("a track does not say where its samples lie")
    found, left = array("Q"), sizes.count
    for offset, samples in zip(offsets, _samples_of_chunks(source, table, len(offsets)), strict=True):
        taken = samples if single else min(samples, left)
        size = sizes.of_single(taken, packing) if single else sizes.take(taken)
        if offset + max(size, 1) > source.size:
            raise damaged("samples lie behind the end of the file")
        found.append(size)
        left -= taken
    if single and left:
        raise unsupported("a table of single samples does not add up")
    return Chunks(offsets, found)


def counts_single_samples(source: Source, table: list[Box]) -> bool:
    """Tell whether all samples last one unit, as in QuickTime's old forms of sound."""
    stts = only(table, b"stts")
    if stts is None or stts.size < 16 or number(source, stts, 4) != 1:
        return False
    return number(source, stts, 12) == 1


def write_offsets(offsets: Iterable[int], *, wide: bool) -> bytes:
    """Give the payload of `co64`, or of `stco` if not `wide`."""
    values = array("Q" if wide else "I", offsets)
    if sys.byteorder == "little":
        values.byteswap()
    return struct.pack(">II", 0, len(values)) + values.tobytes()


def _read_offsets(source: Source, table: list[Box]) -> "array[int]":
    box = offsets_box(table)
    if box is None:
        return array("Q")
    count = number(source, box, 4)
    if count > MOST_CHUNKS:
        raise too_large(f"a track has more than {MOST_CHUNKS:,} chunks")
    found = array(_CODES[box.type])
    found.frombytes(fields(source, box, ENTRIES_START, count * found.itemsize))
    if sys.byteorder == "little":
        found.byteswap()
    return array("Q", found)


def _samples_of_chunks(source: Source, table: list[Box], chunks: int) -> Iterator[int]:
    """Give how many samples each chunk has."""
    stsc = only(table, b"stsc")
    if chunks == 0:
        return
    count = 0 if stsc is None else number(source, stsc, 4)
    if stsc is None or not 0 < count <= chunks:
        raise damaged("a track does not say how many samples its chunks have")
    data = fields(source, stsc, ENTRIES_START, count * _RUN.size) + _RUN.pack(chunks + 1, 1, 1)
    if not data.startswith(b"\0\0\0\1"):
        raise damaged("the first chunk of a track has no number of samples")
    for (first, samples, description), (after, _, _) in pairwise(_RUN.iter_unpack(data)):
        if after <= first or samples == 0 or description == 0:
            raise damaged("a table of chunks contradicts itself")
    for (first, samples, _), (after, _, _) in pairwise(_RUN.iter_unpack(data)):
        yield from repeat(samples, after - first)
