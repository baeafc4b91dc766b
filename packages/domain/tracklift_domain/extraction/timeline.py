"""How a track's sound is placed on the timeline of its file."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_PAUSE = 3600.0
"""Seconds. Recorders pause for minutes. A jump of more than an hour within one file is treated as a wrong time, caused
for example by joined recordings or a counter overflow: as silence, it would be longer than most recordings."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One of the parts that a player plays one after another (ISO/IEC 14496-12, 8.6.6)."""

    start: float | None
    """Where it begins in the track's media, in seconds; `None`: a pause."""
    duration: float | None
    """Seconds; `None`: up to the end of the media."""


def played_duration(edits: Sequence[Edit], media: float) -> float:
    """Return how many seconds a player plays, including pauses, given `media` seconds of media.

    If the last edit extends beyond the end of the media, it counts only up to that end. Any other edit counts with its
    whole length, since the following one has a fixed place on the timeline. Pauses at the end don't count.
    """
    if not edits:
        return media
    total = heard = 0.0
    for edit in edits:
        if edit.start is None:
            total += edit.duration or 0.0
            continue
        available = max(0.0, media - edit.start)
        length = available if edit.duration is None else edit.duration
        if available > 0:
            heard = total + min(length, available)
        total += length
    return heard


def without_delay(edits: Sequence[Edit], media_start: float) -> tuple[Edit, ...]:
    """Return the edits without leading pauses and without the time before the media's first sample (seconds)."""
    left = list(edits)
    while left:
        edit = left[0]
        if edit.start is None or (edit.duration is not None and edit.start + edit.duration <= media_start):
            del left[0]
            continue
        late = max(0.0, media_start - edit.start)
        left[0] = Edit(edit.start + late, None if edit.duration is None else edit.duration - late)
        break
    return tuple(left)


def heard_places(edits: Sequence[Edit], places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return where parts of the media are heard, each as a position in what is played and a duration, in seconds.

    Args:
        edits: Which parts of the media are played; empty: the media from second 0 on.
        places: Parts of the media, each a position and a duration in seconds, ascending and none within another.
    """
    heard: list[tuple[float, float]] = []
    ends = [place + seconds for place, seconds in places]
    position = 0.0
    for edit in edits or (Edit(0.0, None),):
        if edit.start is not None:
            end = math.inf if edit.duration is None else edit.start + edit.duration
            for number in range(bisect_right(ends, edit.start), len(places)):
                first, last = max(places[number][0], edit.start), min(ends[number], end)
                if first >= last:
                    break
                heard.append((position + first - edit.start, last - first))
        position += edit.duration or 0.0
    return sorted(heard)
