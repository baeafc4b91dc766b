"""The edit list: which part of a track's media a player plays (ISO/IEC 14496-12, 8.6.6).

Encoders put priming samples before the sound and padding behind it; programs that cut without encoding anew keep whole
frames. Both leave it to the edit list (box `elst`) to say what is to be heard: each edit names a start in the media and
a duration in the movie's time scale. A start of −1 is an empty edit, a pause before the media begins.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracklift_adapters.mp4.boxes import Box, fields, table, version_and_flags
from tracklift_adapters.mp4.byte_source import ByteSource

_ENTRY = struct.Struct(">IiI")
_LARGE_ENTRY = struct.Struct(">QqI")


@dataclass(frozen=True, slots=True)
class Edit:
    """One part of the media that is played: its duration in the movie's time scale, its start in the media's."""

    duration: int
    media_time: int


def read_edits(source: ByteSource, elst: Box) -> Iterator[Edit]:
    """Give the edits that play something, in their order."""
    version, _ = version_and_flags(source, elst)
    entry = _LARGE_ENTRY if version == 1 else _ENTRY
    count = int.from_bytes(fields(source, elst, 4, 4))
    for part in table(source, elst, 8, count, entry.size):
        for duration, media_time, _rate in entry.iter_unpack(part):
            source.count_box()
            if media_time >= 0:
                yield Edit(duration, media_time)


def played_seconds(edits: Sequence[Edit], media: float, *, timescale: int, movie_timescale: int) -> float:
    """Give how many of the media's seconds a player plays. A duration of 0 means: to the media's end."""
    if not edits or movie_timescale == 0:
        return media
    total = 0.0
    for edit in edits:
        available = max(0.0, media - edit.media_time / timescale)
        total += min(edit.duration / movie_timescale, available) if edit.duration else available
    return total
