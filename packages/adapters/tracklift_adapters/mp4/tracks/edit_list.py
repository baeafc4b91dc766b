"""The edit list: which part of a track's media a player plays (ISO/IEC 14496-12, 8.6.6).

Encoders put priming samples before the sound and padding behind it; programs that cut without encoding anew keep whole
frames. Both leave it to the edit list (box `elst`) to say what is to be heard: each edit names a start in the media and
a duration in the movie's time scale. A start of −1 is an empty edit, a pause.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tracklift_adapters.mp4.structure.boxes import Box, fields, table, version_and_flags
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.damage import damaged
from tracklift_domain.extraction.timeline import Edit

MOST_EDITS = 100_000
"""More than a video of 24 hours has that was cut at every second."""
_COST = 10
"""Boxes that an edit counts for, as all edits are kept."""
_ENTRY = struct.Struct(">IiI")
_LARGE_ENTRY = struct.Struct(">QqI")


@dataclass(frozen=True, slots=True)
class EditEntry:
    """An edit as it is in the file: its duration in the movie's time scale, its start in the media's."""

    duration: int
    media_time: int

    @property
    def is_pause(self) -> bool:
        """Whether it plays nothing of the media."""
        return self.media_time < 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """An edit list in seconds: the pause in front, and the edits behind it; none: all of the media."""

    pause: float = 0.0
    edits: tuple[Edit, ...] = ()


def read_entries(source: ByteSource, elst: Box) -> tuple[EditEntry, ...]:
    """Read the edits in their order.

    Raises:
        ExtractionError: `corrupt_media`, when the list claims more than it has, or has too many.
    """
    version, _ = version_and_flags(source, elst)
    entry = _LARGE_ENTRY if version == 1 else _ENTRY
    count = int.from_bytes(fields(source, elst, 4, 4))
    if count > MOST_EDITS:
        raise damaged(f"its edit list has more than {MOST_EDITS:,} edits")
    source.count_box(_COST * count)
    return tuple(
        EditEntry(duration, media_time)
        for part in table(source, elst, 8, count, entry.size)
        for duration, media_time, _rate in entry.iter_unpack(part)
    )


def lay_out(entries: Sequence[EditEntry], *, timescale: int, movie_timescale: int) -> Timeline:
    """Give the edits in seconds; none where a time scale is missing."""
    if timescale == 0 or movie_timescale == 0:
        return Timeline()
    last = max((number for number, entry in enumerate(entries) if not entry.is_pause), default=len(entries))
    # An edit without a duration plays nothing, but for the last one, which plays to the media's end.
    lasting = [entry for number, entry in enumerate(entries[: last + 1]) if entry.duration or number == last]
    first = next((number for number, entry in enumerate(lasting) if not entry.is_pause), len(lasting))
    pause = sum(entry.duration for entry in lasting[:first]) / movie_timescale
    edits = (
        Edit(
            None if entry.is_pause else entry.media_time / timescale,
            entry.duration / movie_timescale if entry.duration else None,
        )
        for entry in lasting[first:]
    )
    return Timeline(pause, tuple(edits))
