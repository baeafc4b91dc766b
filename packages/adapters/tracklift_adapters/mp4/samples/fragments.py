"""Movie fragments (ISO/IEC 14496-12, 8.8), as streaming services and recorders write them.

The movie box then describes the tracks only, and `mvex` in it holds the defaults of each track (`trex`). Pairs of a
fragment (`moof`) and its media (`mdat`) follow it. A recording that was cut off ends within such a pair and is whole up
to the one before. What follows the last pair and is not a box of a recording does not belong to it.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from tracklift_adapters.mp4.samples.fragment_runs import Defaults, TrackFragment, read_fragment
from tracklift_adapters.mp4.samples.track_times import TrackTimes
from tracklift_adapters.mp4.structure.boxes import Box, children, fields, walk
from tracklift_adapters.mp4.structure.byte_source import WINDOW, ByteSource
from tracklift_domain.extraction.errors import ExtractionError

_OF_A_RECORDING = frozenset({b"moof", b"mdat", b"styp", b"sidx", b"ssix", b"emsg", b"prft", b"moov", b"ftyp"})
"""Boxes of which one that is cut off at the file's end shows that the recording is."""
_TREX = struct.Struct(">4xIIII")
_HEADER_SIZE = 8
_SPARE = 64
"""Bytes read beyond the size of the fragment before, as the next one may be a little larger."""


@dataclass(slots=True)
class Fragments:
    """What the fragments of a file hold, beside the samples that are added to the tracks' times."""

    whole: int = 0
    """Fragments that are all there."""
    readable: int | None = None
    """Bytes of the file up to which it is whole; `None`: it is not cut off."""
    lost: dict[int, TrackFragment] = field(default_factory=dict)
    """The fragment that is cut off, as far as it can be read, by the tracks' ids."""
    problems: dict[int, ExtractionError] = field(default_factory=dict)
    """By the tracks' ids."""
    has_invalid_boxes: bool = False
    """Whether a fragment has invalid boxes, so that parts of it may be lost."""


def read_defaults(source: ByteSource, mvex: Box) -> dict[int, Defaults]:
    """Give the defaults by the tracks' ids.

    Raises:
        ExtractionError: `corrupt_media`.
    """
    found: dict[int, Defaults] = {}
    for box in children(source, mvex):
        if box.type == b"trex":
            track, _entry, duration, size = _TREX.unpack(fields(source, box, 0, _TREX.size))
            found[track] = Defaults(duration, size)
    return found


class FragmentReader:
    """Reads the fragments in one walk, because a storage may fetch each part of the file anew."""

    def __init__(
        self, source: ByteSource, defaults: Mapping[int, Defaults], times: Mapping[int, TrackTimes]
    ) -> None:
        """Prepare to add the samples to the tracks' times; both mappings go by the tracks' ids."""
        self._source = source
        self._defaults = defaults
        self._times = times
        self._found = Fragments()
        self._pending: list[TrackFragment] | None = None
        """A fragment whose media was not seen yet."""
        self._whole = 0
        self._position = 0

    def read(self, start: int) -> Fragments:
        """Read from a position to the end of the file.

        Raises:
            ExtractionError: `corrupt_media`, when a limit of the inspection is reached.
        """
        self._position = self._whole = start
        try:
            is_cut_off = self._walk()
        except ExtractionError:
            if self._source.is_exhausted:
                raise
            is_cut_off = self._is_recording_at(self._position)
        finally:
            self._source.read_at_once(WINDOW)
        if self._pending is not None:
            if is_cut_off or any(fragment.samples for fragment in self._pending):
                is_cut_off = True
                self._found.lost = {fragment.track: fragment for fragment in self._pending}
            else:
                self._commit()
        if is_cut_off:
            self._found.readable = self._whole
        return self._found

    def _walk(self) -> bool:
        """Tell whether the file ends within a recording."""
        for box in walk(self._source, self._position, self._source.size):
            if box.type == b"moof":
                if self._pending is not None:
                    self._commit()
                    self._whole = self._position
                # Its media's header is read with it.
                self._source.read_at_once(box.end - self._whole + _SPARE)
                self._read(box)
            if box.end > self._source.size:
                return box.type in _OF_A_RECORDING
            if box.type == b"mdat":
                self._commit()
                self._whole = box.end
            self._position = box.end
        return self._is_recording_at(self._position)

    def _read(self, moof: Box) -> None:
        self._pending = []
        try:
            self._pending.extend(read_fragment(self._source, moof, self._defaults))
        except ExtractionError:
            if self._source.is_exhausted:
                raise
            self._found.has_invalid_boxes |= moof.end <= self._source.size

    def _commit(self) -> None:
        if self._pending is None:
            return
        for fragment in self._pending:
            times = self._times.get(fragment.track)
            if times is not None:
                times.add(fragment)
            if fragment.problem is not None:
                self._found.problems.setdefault(fragment.track, fragment.problem)
        self._found.whole += 1
        self._pending = None

    def _is_recording_at(self, position: int) -> bool:
        """Tell whether a box of a recording begins at a position where no whole header of one is."""
        rest = self._source.at(position, min(_HEADER_SIZE, self._source.size - position))
        if len(rest) <= 4:
            return rest[:1] == b"\0" and any(rest)
        return any(kind.startswith(rest[4:]) for kind in _OF_A_RECORDING)
