"""The sample table: where a track's samples lie (ISO/IEC 14496-12, 8.7).

`stsz` (or `stz2`) gives the sizes of the samples, `stco` (or `co64`) where each chunk of samples begins in the file,
and `stsc` how many samples a chunk has, in runs of chunks with equally many.
"""

import struct
from array import array
from collections.abc import Iterator, Mapping
from itertools import chain, repeat

from tracklift_adapters.mp4.samples.quicktime_packing import Packing
from tracklift_adapters.mp4.samples.sample_sizes import read_sizes
from tracklift_adapters.mp4.structure.boxes import Box, fields, numbers, table
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.damage import damaged, incomplete
from tracklift_domain.media.byte_ranges import ByteRanges

GAP = 32 * 1024
"""Bytes: libavformat reads through smaller gaps and does not seek (its SHORT_SEEK_THRESHOLD)."""
_CHUNK_RUN = struct.Struct(">III")


def check_samples_present(
    source: ByteSource, boxes: Mapping[bytes, Box], packing: Packing | None = None
) -> None:
    """Make sure that the file reaches to the end of the samples that its tables name.

    Raises:
        ExtractionError: `corrupt_media`, when it does not, or when a table claims more than it has.
    """
    sizes = read_sizes(source, boxes, packing)
    whole = sizes.of_equal(sizes.count)
    if whole > source.size:
        raise incomplete(f"its audio alone takes {whole:,} bytes, the file has {source.size:,}")
    chunks = _count_chunks(source, boxes)
    if chunks == 0:
        if sizes.count:
            raise damaged("it does not say where an audio track lies")
        return
    last = highest = 0
    for offsets in _offsets(source, boxes):
        last = offsets[-1]
        highest = max(highest, *offsets)
    first, count = _last_chunk(source, boxes, chunks)
    last_end = last + sizes.total(source, first, count)
    missing = max(last_end, highest + 1) - source.size
    if missing > 0:
        raise incomplete(f"at least {missing:,} bytes of its audio are missing at the end")


def count_entries(source: ByteSource, boxes: Mapping[bytes, Box]) -> int:
    """Give how many entries the tables of the sizes and of the chunks have.

    Raises:
        ExtractionError: `corrupt_media`, when a table claims more than it has.
    """
    sizes = read_sizes(source, boxes)
    return _count_chunks(source, boxes) + (0 if sizes.box is None else sizes.count)


def read_sample_ranges(
    source: ByteSource, boxes: Mapping[bytes, Box], packing: Packing | None = None
) -> ByteRanges:
    """Give where the samples lie, in their order, with what lies in small gaps between them; none if it is not told.

    Raises:
        ExtractionError: `corrupt_media`, when a table claims more than it has.
        ValueError: the samples lie in another order than that in which they are played.
    """
    sizes = read_sizes(source, boxes, packing)
    next_size, left = sizes.in_order(source), sizes.count

    def ranges() -> Iterator[tuple[int, int]]:
        nonlocal left
        counts = _samples_of_chunks(source, boxes, _count_chunks(source, boxes))
        for start, samples in zip(chain.from_iterable(_offsets(source, boxes)), counts, strict=True):
            taken = min(samples, left)
            left -= taken
            yield start, start + next_size(taken)

    return ByteRanges.joined(ranges(), gap=GAP)


def _count_chunks(source: ByteSource, boxes: Mapping[bytes, Box]) -> int:
    box = boxes.get(b"stco", boxes.get(b"co64"))
    return 0 if box is None else _count(source, box)


def _count(source: ByteSource, box: Box) -> int:
    return int.from_bytes(fields(source, box, 4, 4))


def _offsets(source: ByteSource, boxes: Mapping[bytes, Box]) -> "Iterator[array[int]]":
    """Give where the chunks begin, in parts."""
    for kind, code in ((b"stco", "I"), (b"co64", "Q")):
        box = boxes.get(kind)
        if box is not None:
            for part in table(source, box, 8, _count(source, box), array(code).itemsize):
                yield numbers(part, code)
            return


def _samples_of_chunks(source: ByteSource, boxes: Mapping[bytes, Box], chunks: int) -> Iterator[int]:
    """Give how many samples each chunk has."""
    previous, per_chunk = 1, 0
    for first, samples in _runs(source, boxes, chunks):
        yield from repeat(per_chunk, first - previous)
        previous, per_chunk = first, samples
    yield from repeat(per_chunk, chunks + 1 - previous)


def _last_chunk(source: ByteSource, boxes: Mapping[bytes, Box], chunks: int) -> tuple[int, int]:
    """Give the number of the last chunk's first sample, from 0, and how many it has."""
    before, previous, per_chunk = 0, 1, 0
    for first, samples in _runs(source, boxes, chunks):
        before += (first - previous) * per_chunk
        previous, per_chunk = first, samples
    return before + (chunks - previous) * per_chunk, per_chunk


def _runs(source: ByteSource, boxes: Mapping[bytes, Box], chunks: int) -> Iterator[tuple[int, int]]:
    """Give the first chunk of each run, from 1, and how many samples each of its chunks has."""
    stsc = boxes.get(b"stsc")
    if stsc is None:
        return
    previous = 1
    for part in table(source, stsc, 8, _count(source, stsc), _CHUNK_RUN.size):
        for first, samples, _entry in _CHUNK_RUN.iter_unpack(part):
            if (
                previous <= first <= chunks
            ):  # Else a run of chunks that are not there, which ffmpeg ignores as well.
                previous = first
                yield first, samples
