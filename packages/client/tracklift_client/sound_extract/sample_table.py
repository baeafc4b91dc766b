"""Where the samples of a track lie (ISO/IEC 14496-12, 8.7): the position and the bytes of each chunk.

`stsz` (or `stz2`) gives the sizes of the samples, `stco` (or `co64`) where each chunk of samples begins in the file,
and `stsc` how many samples a chunk has, in runs of chunks with equally many.
"""

import struct
import sys
from array import array
from collections.abc import Iterator
from itertools import pairwise, repeat
from typing import NamedTuple

from tracklift_client.sound_extract.boxes import Box, fields, number, only
from tracklift_client.sound_extract.errors import damaged
from tracklift_client.sound_extract.packing import Packing
from tracklift_client.sound_extract.ranges import Place
from tracklift_client.sound_extract.sample_sizes import read_sizes
from tracklift_client.sound_extract.source import Source

_RUN = struct.Struct(">III")
_CODES = {b"stco": "I", b"co64": "Q"}
ENTRIES_START = 8
_SIZE_BITS = 64


class Chunk(NamedTuple):
    """Samples that lie one behind the other."""

    offset: int
    """Position in the file."""
    size: int
    """Bytes."""
    samples: int
    description: int
    """The number of their sample description, counted from 1."""


class Chunks:
    """The chunks of a track in the order of its table; those without samples are left out."""

    def __init__(self, *, are_single: bool) -> None:
        """Begin without any; `are_single` tells whether they count single samples of sound."""
        self.are_single = are_single
        self._columns = (array("Q"), array("Q"), array("I"), array("I"))

    def add(self, chunk: Chunk) -> None:
        """Add one behind the others."""
        for column, value in zip(self._columns, chunk, strict=True):
            column.append(value)

    def __iter__(self) -> Iterator[Chunk]:
        return map(Chunk, *self._columns)

    @property
    def size(self) -> int:
        """Bytes of all of them together."""
        return sum(self._columns[1])

    def places(self) -> Iterator[Place]:
        """Give their places in the order of the file."""
        offsets, sizes = self._columns[:2]
        are_sorted = all(one <= other for one, other in pairwise(offsets))
        if are_sorted:
            return zip(offsets, sizes, strict=True)
        # As one number each, which takes less than half the memory of two in a tuple.
        places = sorted(offset << _SIZE_BITS | size for offset, size in zip(offsets, sizes, strict=True))
        return (divmod(place, 1 << _SIZE_BITS) for place in places)


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
    found, left = Chunks(are_single=single), sizes.count
    runs = _samples_of_chunks(source, table, len(offsets))
    for offset, (samples, description) in zip(offsets, runs, strict=True):
        taken = samples if single else min(samples, left)
        size = sizes.of_single(taken, packing) if single else sizes.take(taken)
        if offset + max(size, 1) > source.size:
            raise damaged("samples lie behind the end of the file")
        if taken:
            found.add(Chunk(offset, size, taken, description))
        left -= taken
    if left:
        raise damaged("a track does not say where all of its samples lie")
    return found


def counts_single_samples(source: Source, table: list[Box]) -> bool:
    """Tell whether all samples last one unit, as in QuickTime's old forms of sound."""
    stts = only(table, b"stts")
    if stts is None or stts.size < 16 or number(source, stts, 4) != 1:
        return False
    return number(source, stts, 12) == 1


def _read_offsets(source: Source, table: list[Box]) -> "array[int]":
    box = only(table, *_CODES)
    if box is None:
        return array("Q")
    count = number(source, box, 4)
    source.count_chunks(count)
    found = array(_CODES[box.type])
    found.frombytes(fields(source, box, ENTRIES_START, count * found.itemsize))
    if sys.byteorder == "little":
        found.byteswap()
    return array("Q", found)


def _samples_of_chunks(source: Source, table: list[Box], chunks: int) -> Iterator[tuple[int, int]]:
    """Give how many samples each chunk has, and the number of their description."""
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
    for (first, samples, description), (after, _, _) in pairwise(_RUN.iter_unpack(data)):
        yield from repeat((samples, description), after - first)
