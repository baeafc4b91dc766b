"""A movie fragment (box `moof`; ISO/IEC 14496-12, 8.8.4), read, and written with the parts of some tracks."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from tracklift_client.sound_extract.box_writing import copy, write, write_media_header
from tracklift_client.sound_extract.boxes import Box, children, number, only, required
from tracklift_client.sound_extract.errors import NoExtractError, Reason, damaged, too_large
from tracklift_client.sound_extract.fragment_runs import Run, TrackHeader, read_header, read_run
from tracklift_client.sound_extract.movie_extends import Defaults
from tracklift_client.sound_extract.ranges import MediaRanges
from tracklift_client.sound_extract.sample_description import AUXILIARY
from tracklift_client.sound_extract.source import Source

_MEDIA_HEADER = 8
_FARTHEST = 2**31 - 1
"""A run's offset is a signed number of 32 bits."""
_READ_AT_ONCE = 2**18
"""Bytes of a fragment that are read at once, as most are needed."""
_IN_ORDER = {b"tfhd": 0, b"tfdt": 1, b"trun": 2}
"""Readers apply these boxes one behind the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPart:
    """What a fragment has of one track."""

    header: TrackHeader
    boxes: list[Box]
    time: int | None
    """When the first sample is decoded, in units; `None`: behind the fragment before."""
    runs: list[Run]

    @property
    def samples(self) -> int:
        """How many there are."""
        return sum(run.count for run in self.runs)

    @property
    def duration(self) -> int:
        """The sum of the durations, in units."""
        return sum(run.duration for run in self.runs)

    def written(self, source: Source, data_offset: Callable[[tuple[int, int]], int]) -> bytes:
        """Write `traf`: its header and its runs anew, other boxes as they are."""
        runs = iter(self.runs)
        parts: list[bytes] = []
        for box in self.boxes:
            if box.type == b"tfhd":
                parts.append(self.header.written)
            elif box.type == b"trun":
                parts.append(next(runs).written(data_offset))
            else:
                parts.append(copy(source, box))
        return write(b"traf", *parts)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A fragment and its parts, of which some are kept."""

    sequence: Box
    parts: list[TrackPart]

    @property
    def has_bytes(self) -> bool:
        """Whether any sample has some."""
        return any(run.place[1] for part in self.parts for run in part.runs)

    def keep(self, tracks: Collection[int]) -> "Fragment":
        """Give the fragment with the parts of some tracks only."""
        return Fragment(self.sequence, [part for part in self.parts if part.header.track in tracks])

    def written(
        self, source: Source, extra: Callable[[int], bytes] | None = None
    ) -> tuple[bytes, MediaRanges]:
        """Write `moof` and the header of its `mdat`, and give the ranges that this `mdat` has.

        Args:
            source: The file.
            extra: Gives a part to add, for the offset of its data.
        """
        ranges = MediaRanges(*([run.place] for part in self.parts for run in part.runs))
        for part in self.parts:
            if any(box.type in AUXILIARY for box in part.boxes):
                raise NoExtractError(Reason.ENCRYPTED, "the sound is encrypted")
        size = len(self._written(source, ranges, 0, extra))
        if size + _MEDIA_HEADER + ranges.size > _FARTHEST:
            raise too_large("a fragment has too many bytes")
        moof = self._written(source, ranges, size + _MEDIA_HEADER, extra)
        return moof + write_media_header(ranges.size), ranges

    def _written(
        self, source: Source, ranges: MediaRanges, start: int, extra: Callable[[int], bytes] | None
    ) -> bytes:
        parts = [part.written(source, lambda place: start + ranges.position_of(place)) for part in self.parts]
        if extra is not None:
            parts.append(extra(start))
        return write(b"moof", copy(source, self.sequence), *parts)


def read_fragment(source: Source, moof: Box, defaults: Mapping[int, Defaults]) -> Fragment:
    """Read a fragment.

    Raises:
        NoExtractError: it makes no sense, or names bytes that are not there.
    """
    source.at(moof.start, min(moof.end - moof.start, _READ_AT_ONCE))
    boxes = children(source, moof)
    parts: list[TrackPart] = []
    behind = moof.start
    for traf in boxes:
        if traf.type == b"traf":
            part = _read_part(source, traf, moof, defaults, behind)
            parts.append(part)
            if part.runs:
                behind = sum(part.runs[-1].place)
    return Fragment(required(boxes, b"mfhd"), parts)


def _read_part(
    source: Source, traf: Box, moof: Box, defaults: Mapping[int, Defaults], behind: int
) -> TrackPart:
    boxes = children(source, traf)
    order = [_IN_ORDER[box.type] for box in boxes if box.type in _IN_ORDER]
    if order != sorted(order):
        raise damaged("the boxes of a fragment are not in order")
    header = read_header(source, required(boxes, b"tfhd"), moof, defaults)
    base = behind if header.base is None else header.base
    runs: list[Run] = []
    for trun in boxes:
        if trun.type == b"trun":
            runs.append(read_run(source, trun, base, header.defaults, is_first=not runs))
    return TrackPart(header=header, boxes=boxes, time=_time(source, only(boxes, b"tfdt")), runs=runs)


def _time(source: Source, tfdt: Box | None) -> int | None:
    if tfdt is None:
        return None
    time = number(source, tfdt, 4, 8 if number(source, tfdt, 0, 1) == 1 else 4)
    if time >= 2**63:
        raise damaged("a fragment begins at an impossible time")
    return time
