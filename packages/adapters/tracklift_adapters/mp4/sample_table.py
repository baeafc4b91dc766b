"""The sample table: where a track's samples lie (ISO/IEC 14496-12, 8.7).

`stsz` (or `stz2`) gives the sizes of the samples, `stco` (or `co64`) where each chunk of samples begins in the file,
and `stsc` how many samples a chunk has, in runs of chunks with equally many.
"""

import struct
import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tracklift_adapters.mp4.boxes import Box, fields, table
from tracklift_adapters.mp4.byte_source import ByteSource
from tracklift_adapters.mp4.damage import damaged, incomplete
from tracklift_adapters.mp4.quicktime_packing import Packing
from tracklift_adapters.mp4.time_to_sample import counts_single_samples

_CHUNK_RUN = struct.Struct(">III")


_FIRST_LOOKED_AT = 256
"""Sizes of samples: more than a stream begins with empty ones."""


@dataclass(frozen=True, slots=True)
class _Sizes:
    """The sizes of all samples: one size for all, a packing, a table (`box`) of 32-bit ones, or not told (`stz2`)."""

    count: int
    each: int = 0
    box: Box | None = None
    packing: Packing | None = None

    def of_equal(self, count: int) -> int:
        """Give the bytes of so many samples of one size; 0 where it is not told or not one."""
        return self.packing.size_of(count) if self.packing is not None else count * self.each


@dataclass(frozen=True, slots=True)
class _Chunks:
    """Where the last chunk of the table begins, and the one that lies last in the file."""

    count: int
    last: int = 0
    highest: int = 0


def count_samples(source: ByteSource, boxes: Mapping[bytes, Box]) -> int:
    """Give how many samples the tables name.

    Raises:
        ExtractionError: `corrupt_media`, when a table claims more than it has.
    """
    return _read_sizes(source, boxes).count


def has_bytes(source: ByteSource, boxes: Mapping[bytes, Box]) -> bool:
    """Tell whether any sample is larger than nothing. As a rule the first few are looked at.

    Raises:
        ExtractionError: `corrupt_media`, when a table claims more than it has.
    """
    sizes = _read_sizes(source, boxes)
    if sizes.box is None:
        return True
    first = min(sizes.count, _FIRST_LOOKED_AT)
    for begin, count in ((0, first), (first, sizes.count - first)):
        if any(part.strip(b"\0") for part in table(source, sizes.box, 12 + 4 * begin, count, 4)):
            return True
    return False


def check_samples_present(
    source: ByteSource, boxes: Mapping[bytes, Box], packing: Packing | None = None
) -> None:
    """Make sure that the file reaches to the end of the samples that its tables name.

    Raises:
        ExtractionError: `corrupt_media`, when it does not, or when a table claims more than it has.
    """
    sizes = _read_sizes(source, boxes)
    if sizes.each == 1 and counts_single_samples(source, boxes.get(b"stts")):
        sizes = replace(sizes, each=0, packing=packing)
    whole = sizes.of_equal(sizes.count)
    if whole > source.size:
        raise incomplete(f"its audio alone takes {whole:,} bytes, the file has {source.size:,}")
    chunks = _read_chunks(source, boxes)
    if chunks.count == 0:
        if sizes.count:
            raise damaged("it does not say where an audio track lies")
        return
    first, count = _last_chunk(source, boxes, chunks.count)
    last_end = chunks.last + _bytes_of(source, sizes, first, count)
    missing = max(last_end, chunks.highest + 1) - source.size
    if missing > 0:
        raise incomplete(f"at least {missing:,} bytes of its audio are missing at the end")


def _count(source: ByteSource, box: Box) -> int:
    return int.from_bytes(fields(source, box, 4, 4))


def _read_sizes(source: ByteSource, boxes: Mapping[bytes, Box]) -> _Sizes:
    stsz = boxes.get(b"stsz")
    if stsz is not None:
        each, count = struct.unpack(">4xII", fields(source, stsz, 0, 12))
        if each:
            return _Sizes(count, each=each)
        table(source, stsz, 12, count, 4)  # looks whether it has room
        return _Sizes(count, box=stsz)
    stz2 = boxes.get(b"stz2")
    if stz2 is None:
        return _Sizes(0)
    field_size, count = struct.unpack(">7xBI", fields(source, stz2, 0, 12))
    if field_size not in {4, 8, 16}:
        raise damaged("its box 'stz2' has entries of an unknown size")
    table(source, stz2, 12, count * field_size // 8, 1)
    return _Sizes(count)


def _read_chunks(source: ByteSource, boxes: Mapping[bytes, Box]) -> _Chunks:
    for kind, code in ((b"stco", "I"), (b"co64", "Q")):
        box = boxes.get(kind)
        if box is None:
            continue
        count = _count(source, box)
        last = highest = 0
        for part in table(source, box, 8, count, array(code).itemsize):
            offsets = array(code, part)
            if sys.byteorder == "little":
                offsets.byteswap()
            last = offsets[-1]
            highest = max(highest, *offsets)
        return _Chunks(count, last, highest)
    return _Chunks(0)


def _last_chunk(source: ByteSource, boxes: Mapping[bytes, Box], chunks: int) -> tuple[int, int]:
    """Give the number of the last chunk's first sample, from 0, and how many it has."""
    stsc = boxes.get(b"stsc")
    if stsc is None:
        return 0, 0
    before, previous, per_chunk = 0, 1, 0
    for part in table(source, stsc, 8, _count(source, stsc), _CHUNK_RUN.size):
        for first, samples, _entry in _CHUNK_RUN.iter_unpack(part):
            if not previous <= first <= chunks:
                continue  # a run of chunks that are not there; ffmpeg passes over it as well
            before += (first - previous) * per_chunk
            previous, per_chunk = first, samples
    return before + (chunks - previous) * per_chunk, per_chunk


def _bytes_of(source: ByteSource, sizes: _Sizes, first: int, count: int) -> int:
    count = max(0, min(count, sizes.count - first))
    if sizes.box is None:
        return sizes.of_equal(count)
    total = 0
    for part in table(source, sizes.box, 12 + 4 * first, count, 4):
        total += sum(struct.unpack(f">{len(part) // 4}I", part))
    return total
