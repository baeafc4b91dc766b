"""How many bytes the samples of a track have: boxes `stsz` and `stz2` (ISO/IEC 14496-12, 8.7.3)."""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice

from tracklift_adapters.mp4.samples.quicktime_packing import Packing
from tracklift_adapters.mp4.samples.time_to_sample import counts_single_samples
from tracklift_adapters.mp4.structure.boxes import Box, fields, numbers, table
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.damage import damaged

_FIRST_LOOKED_AT = 256
"""Sizes of samples: more than a stream begins with empty ones."""


@dataclass(frozen=True, slots=True)
class SampleSizes:
    """The sizes of all samples: one size for all, a packing, a table (`box`) of 32-bit ones, or not told (`stz2`)."""

    count: int
    each: int = 0
    box: Box | None = None
    packing: Packing | None = None

    def of_equal(self, count: int) -> int:
        """Give the bytes of so many samples of one size; 0 where it is not told or not one."""
        return self.packing.size_of(count) if self.packing is not None else count * self.each

    def total(self, source: ByteSource, first: int, count: int) -> int:
        """Give the bytes of `count` samples from the sample `first` on, counted from 0."""
        count = max(0, min(count, self.count - first))
        if self.box is None:
            return self.of_equal(count)
        return sum(chain.from_iterable(self._each_of(source, self.box, first, count)))

    def in_order(self, source: ByteSource) -> Callable[[int], int]:
        """Give a function that tells the bytes of the next so many samples each time it is called."""
        if self.box is None:
            return self.of_equal
        sizes = chain.from_iterable(self._each_of(source, self.box, 0, self.count))
        return lambda count: sum(islice(sizes, count))

    @staticmethod
    def _each_of(source: ByteSource, box: Box, first: int, count: int) -> "Iterator[Iterator[int]]":
        for part in table(source, box, 12 + 4 * first, count, 4):
            yield iter(numbers(part, "I"))


def read_sizes(source: ByteSource, boxes: Mapping[bytes, Box], packing: Packing | None = None) -> SampleSizes:
    """Read how large the samples are, by the boxes of the sample table.

    Args:
        source: The file.
        boxes: The boxes of the sample table.
        packing: The packing of QuickTime's old forms, if the sample entry tells one.

    Raises:
        ExtractionError: `corrupt_media`, when a table claims more than it has.
    """
    sizes = _read_table(source, boxes)
    if sizes.each == 1 and counts_single_samples(source, boxes.get(b"stts")):
        return replace(sizes, each=0, packing=packing)
    return sizes


def count_samples(source: ByteSource, boxes: Mapping[bytes, Box]) -> int:
    """Give how many samples the tables name.

    Raises:
        ExtractionError: `corrupt_media`, when a table claims more than it has.
    """
    return _read_table(source, boxes).count


def has_bytes(source: ByteSource, boxes: Mapping[bytes, Box]) -> bool:
    """Tell whether any sample is larger than nothing. As a rule the first few are looked at.

    Raises:
        ExtractionError: `corrupt_media`, when a table claims more than it has.
    """
    sizes = _read_table(source, boxes)
    if sizes.box is None:
        return True
    first = min(sizes.count, _FIRST_LOOKED_AT)
    for begin, count in ((0, first), (first, sizes.count - first)):
        if any(part.strip(b"\0") for part in table(source, sizes.box, 12 + 4 * begin, count, 4)):
            return True
    return False


def _read_table(source: ByteSource, boxes: Mapping[bytes, Box]) -> SampleSizes:
    stsz = boxes.get(b"stsz")
    if stsz is not None:
        each, count = struct.unpack(">4xII", fields(source, stsz, 0, 12))
        if each:
            return SampleSizes(count, each=each)
        table(source, stsz, 12, count, 4)  # looks whether it has room
        return SampleSizes(count, box=stsz)
    stz2 = boxes.get(b"stz2")
    if stz2 is None:
        return SampleSizes(0)
    field_size, count = struct.unpack(">7xBI", fields(source, stz2, 0, 12))
    if field_size not in {4, 8, 16}:
        raise damaged("its box 'stz2' has entries of an unknown size")
    table(source, stz2, 12, count * field_size // 8, 1)
    return SampleSizes(count)
