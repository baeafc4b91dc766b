"""Movie fragments (ISO/IEC 14496-12, 8.8), as streaming services and recorders write them.

The movie box then describes the tracks only; `mvex` in it holds the defaults of each track (`trex`). Each fragment
(`moof`) has a box for each track (`traf`), whose header (`tfhd`) may change the defaults, and whose runs (`trun`) name
the samples: fields that the flags switch on, for each sample.
"""

import struct
import sys
from array import array
from collections import Counter

from tracklift_adapters.mp4.boxes import Box, children, fields, first_children, table, version_and_flags
from tracklift_adapters.mp4.byte_source import ByteSource

MOST_FRAGMENTS = 10_000
"""Fragments that are looked into: more than five hours of fragments of two seconds."""
_RUN_FIELDS = (0x100, 0x200, 0x400, 0x800)
"""Flags of `trun`: duration, size, flags and composition offset of each sample, in this order, 32 bits each."""


class FragmentDurations:
    """Adds up how long the samples of each track in the fragments last."""

    def __init__(self, source: ByteSource, mvex: Box) -> None:
        self._source = source
        self._defaults: dict[int, int] = {}
        self.by_track: Counter[int] = Counter()
        """Units of each track's time scale, by the track's id."""
        for box in children(source, mvex):
            if box.type == b"trex":
                track, _entry, duration = struct.unpack(">4xIII", fields(source, box, 0, 16))
                self._defaults[track] = duration

    def add(self, moof: Box) -> None:
        """Add one fragment.

        Raises:
            ExtractionError: `corrupt_media`, when a run claims more samples than it has.
        """
        for traf in children(self._source, moof):
            if traf.type == b"traf":
                self._add_track(traf)

    def _add_track(self, traf: Box) -> None:
        header = first_children(self._source, traf).get(b"tfhd")
        if header is None:
            return
        _, flags = version_and_flags(self._source, header)
        track = int.from_bytes(fields(self._source, header, 4, 4))
        default = self._defaults.get(track, 0)
        if flags & 0x8:
            offset = 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
            default = int.from_bytes(fields(self._source, header, offset, 4))
        for run in children(self._source, traf):
            if run.type == b"trun":
                self.by_track[track] += self._run_duration(run, default)

    def _run_duration(self, run: Box, default: int) -> int:
        _, flags = version_and_flags(self._source, run)
        count = int.from_bytes(fields(self._source, run, 4, 4))
        start = 8 + (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
        width = sum(1 for flag in _RUN_FIELDS if flags & flag)
        samples = table(self._source, run, start, count, 4 * width)
        if not flags & 0x100:
            return count * default
        return sum(sum(_words(part)[::width]) for part in samples)


def _words(data: bytes) -> "array[int]":
    words = array("I", data)
    if sys.byteorder == "little":
        words.byteswap()
    return words
