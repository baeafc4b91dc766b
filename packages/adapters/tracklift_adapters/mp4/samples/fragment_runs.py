"""The samples of a movie fragment (ISO/IEC 14496-12, 8.8.4 to 8.8.8 and 8.8.12).

A fragment (`moof`) has a box for each track (`traf`). Its header (`tfhd`) names the track and may change the defaults
of the movie box (`trex`), `tfdt` tells when the first sample is decoded, and runs (`trun`) name the samples: fields
that the flags switch on, for each sample.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tracklift_adapters.mp4.samples.sample_durations import SampleDurations
from tracklift_adapters.mp4.structure.boxes import Box, children, fields, numbers, table, version_and_flags
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.damage import damaged
from tracklift_domain.extraction.errors import ExtractionError

MOST_PARTS = 10_000
"""Parts that are kept of one fragment; it has one for each track, or a few."""
_WIDTHS = {flags: 4 * (flags >> 8 & 0xF).bit_count() for flags in range(0, 0x1000, 0x100)}
"""Bytes of each sample in `trun`: duration, size, flags and composition offset, of 32 bits, where its flags say so."""
_SAMPLE_FIELDS = 0xF00
_HAS_DURATION, _HAS_SIZE = 0x100, 0x200
_HEADER = struct.Struct(">II")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for samples of which a run says nothing: units of time and bytes."""

    duration: int = 0
    size: int = 0


@dataclass(slots=True)
class TrackFragment:
    """The part of a fragment that belongs to one track."""

    track: int
    time: int | None = None
    """When the first sample is decoded, in units; `None`: behind the fragment before."""
    samples: int = 0
    durations: SampleDurations = field(default_factory=SampleDurations)
    problem: ExtractionError | None = None


def read_fragment(source: ByteSource, moof: Box, defaults: Mapping[int, Defaults]) -> Iterator[TrackFragment]:
    """Give the part of each track, also where its runs are damaged.

    Raises:
        ExtractionError: `corrupt_media`, when a box is invalid or cut off.
    """
    count = 0
    for traf in children(source, moof):
        if traf.type == b"traf":
            count += 1
            if count > MOST_PARTS:
                raise damaged(f"a fragment has more than {MOST_PARTS:,} parts")
            found = _read_track_fragment(source, traf, defaults)
            if found is not None:
                yield found


def _read_track_fragment(
    source: ByteSource, traf: Box, defaults: Mapping[int, Defaults]
) -> TrackFragment | None:
    found: TrackFragment | None = None
    own = Defaults()
    for box in children(source, traf):
        if box.type == b"tfhd":
            track, own = _read_header(source, box, defaults)
            found = TrackFragment(track)
        elif found is None:
            continue
        elif box.type == b"tfdt":
            found.time = _decode_time(source, box)
        elif box.type == b"trun":
            try:
                _read_run(source, box, own, found)
            except ExtractionError as error:
                found.problem = error
                return found
    return found


def _read_header(source: ByteSource, tfhd: Box, defaults: Mapping[int, Defaults]) -> tuple[int, Defaults]:
    word, track = _HEADER.unpack(fields(source, tfhd, 0, 8))
    own = defaults.get(track, Defaults())
    if not word & 0x18:
        return track, own
    offset = 8 + (8 if word & 0x1 else 0) + (4 if word & 0x2 else 0)
    duration, size = own.duration, own.size
    if word & 0x8:
        duration = int.from_bytes(fields(source, tfhd, offset, 4))
        offset += 4
    if word & 0x10:
        size = int.from_bytes(fields(source, tfhd, offset, 4))
    return track, Defaults(duration, size)


def _decode_time(source: ByteSource, tfdt: Box) -> int | None:
    version, _ = version_and_flags(source, tfdt)
    time = int.from_bytes(fields(source, tfdt, 4, 8 if version == 1 else 4))
    return time if time < 2**63 else None


def _read_run(source: ByteSource, trun: Box, defaults: Defaults, found: TrackFragment) -> None:
    word, count = _HEADER.unpack(fields(source, trun, 0, 8))
    start = 8 + (4 if word & 0x1 else 0) + (4 if word & 0x4 else 0)
    width = _WIDTHS[word & _SAMPLE_FIELDS]
    parts = table(source, trun, start, count, width)
    if not word & _HAS_SIZE and count * defaults.size > source.size:
        raise damaged(f"a fragment claims {count:,} samples, more than the file has room for")
    if not word & _HAS_DURATION:
        found.samples += count
        found.durations.add(count, defaults.duration)
        return
    for part in parts:
        words = numbers(part, "I")
        found.samples += len(part) // width
        found.durations.add_each(words[:: width // 4])
