"""One track's part of a fragment (box `traf`; ISO/IEC 14496-12, 8.8.6 to 8.8.8 and 8.8.12), and its rewriting."""

import struct
import sys
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tracklift_client.sound_extract.box_writing import write
from tracklift_client.sound_extract.boxes import Box, content, fields, number
from tracklift_client.sound_extract.errors import damaged, unsupported
from tracklift_client.sound_extract.movie_extends import Defaults
from tracklift_client.sound_extract.ranges import Place
from tracklift_client.sound_extract.source import Source

_HAS_BASE, _HAS_DESCRIPTION, _HAS_DURATION, _HAS_SIZE, _BASE_IS_FRAGMENT = 0x1, 0x2, 0x8, 0x10, 0x20000
"""Flags of `tfhd`."""
_HAS_OFFSET, _HAS_FIRST_FLAGS, _DURATIONS, _SIZES = 0x1, 0x4, 0x100, 0x200
"""Flags of `trun`."""
_SAMPLE_FIELDS = 0xF00
_IMPOSSIBLE_DURATION = 2**31
_HEADER = struct.Struct(">II")
DataOffset = Callable[[Place], int]
"""Gives where a run's samples lie in the extract, relative to the begin of its fragment."""


@dataclass(frozen=True, slots=True)
class Run:
    """Samples that lie one behind the other."""

    word: int
    """Version and flags."""
    count: int
    place: Place
    rest: bytes
    """What follows the offset of the data."""
    duration: int
    """The sum of those durations that are possible, in units."""

    def written(self, data_offset: DataOffset) -> bytes:
        """Write `trun`, always with an offset."""
        head = struct.pack(">IIi", self.word | _HAS_OFFSET, self.count, data_offset(self.place))
        return write(b"trun", head, self.rest)


@dataclass(frozen=True, slots=True)
class TrackHeader:
    """`tfhd`."""

    track: int
    defaults: Defaults
    base: int | None
    """Position from which the offsets of runs count; `None`: behind the data of the part before."""
    written: bytes
    """The same with the fragment's begin as the base."""


def read_header(source: Source, tfhd: Box, moof: Box, defaults: Mapping[int, Defaults]) -> TrackHeader:
    """Read the header of a part.

    Raises:
        NoExtractError: it is too short, or no defaults tell of its track.
    """
    word, track = number(source, tfhd, 0), number(source, tfhd, 4)
    if track not in defaults:
        raise damaged("a fragment names an unknown track")
    own, position, base = defaults[track], 8, None
    if word & _HAS_BASE:
        base, position = number(source, tfhd, position, 8), position + 8
    elif word & _BASE_IS_FRAGMENT:
        base = moof.start
    rest = position
    position += 4 if word & _HAS_DESCRIPTION else 0
    if word & _HAS_DURATION:
        own, position = own._replace(duration=number(source, tfhd, position)), position + 4
    if word & _HAS_SIZE:
        own = own._replace(size=number(source, tfhd, position))
    head = _HEADER.pack(word & ~_HAS_BASE | _BASE_IS_FRAGMENT, track)
    return TrackHeader(track, own, base, write(b"tfhd", head, content(source, tfhd)[rest:]))


def read_run(source: Source, trun: Box, base: int, defaults: Defaults, *, is_first: bool) -> Run:
    """Read a run whose offset counts from `base`.

    Raises:
        NoExtractError: it claims more than it has, or names bytes that are not there.
    """
    word, count = number(source, trun, 0), number(source, trun, 4)
    position, offset = 8, 0
    if word & _HAS_OFFSET:
        offset = int.from_bytes(fields(source, trun, position, 4), "big", signed=True)
        position += 4
    elif not is_first:
        raise unsupported("a run of samples does not say where it lies")
    rest = position
    position += 4 if word & _HAS_FIRST_FLAGS else 0
    columns = (word & _SAMPLE_FIELDS).bit_count()
    values = array("I", fields(source, trun, position, 4 * columns * count))
    if sys.byteorder == "little":
        values.byteswap()
    durations = values[::columns] if word & _DURATIONS else None
    size = count * defaults.size
    if word & _SIZES:
        size = sum(values[(1 if word & _DURATIONS else 0) :: columns])
    elif count and not defaults.size:
        raise damaged("samples of a run have no size")
    start = base + offset
    if size and not 0 <= start <= source.size - size:
        raise damaged("samples lie behind the end of the file")
    duration = _sum_of(durations, count, defaults.duration)
    return Run(word, count, (start, size), content(source, trun)[rest:], duration)


def _sum_of(durations: "array[int] | None", count: int, each: int) -> int:
    if durations is None:
        return count * each if each < _IMPOSSIBLE_DURATION else 0
    return sum(duration for duration in durations if duration < _IMPOSSIBLE_DURATION)
