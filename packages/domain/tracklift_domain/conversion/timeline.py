"""How a track's sound is laid on the timeline of its file."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """One part of what a player plays, behind the one before it (ISO/IEC 14496-12, 8.6.6)."""

    start: float | None
    """Seconds of the track's media at which it begins; `None`: a pause."""
    duration: float | None
    """Seconds; `None`: up to the media's end."""

    @property
    def is_pause(self) -> bool:
        """Whether nothing of the media is played."""
        return self.start is None


def played_duration(edits: Sequence[Edit], media: float) -> float:
    """Give how many seconds a player plays of so many seconds of media, pauses included.

    An edit that reaches behind the media's end counts up to there if it is the last one; before another one it has its
    whole length, since what follows has its place on the timeline. Pauses at the end count for nothing.
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
