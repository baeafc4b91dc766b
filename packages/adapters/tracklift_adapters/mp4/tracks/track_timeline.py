"""What a player plays of a track, and when it begins."""

from dataclasses import dataclass

from tracklift_adapters.mp4.samples.track_times import TrackTimes
from tracklift_adapters.mp4.tracks.edit_list import lay_out
from tracklift_adapters.mp4.tracks.track import Track
from tracklift_domain.extraction.timeline import Edit, played_duration

_LONGEST = 1000 * 3600.0
"""Seconds: times that add up to more say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackTimeline:
    """In seconds; times of the media count from 0, also where the first sample has a later one."""

    edits: tuple[Edit, ...]
    pause: float
    """In front of what is played."""
    first: float
    """The time of the first sample."""
    origin: float
    """When the first sample would be played without the pause: above 0 only in fragments whose times begin later."""
    media: float | None
    """How long the samples last; `None` where nothing can be said."""

    @property
    def played(self) -> float | None:
        """How long a player plays, the pause in front aside; `None` where nothing can be said."""
        if self.media is None:
            return None
        seconds = played_duration(self.edits, self.first + self.media) if self.edits else self.media
        return seconds if 0 <= seconds <= _LONGEST else None

    @property
    def plays_nothing(self) -> bool:
        """Whether every edit begins behind the media's end."""
        if self.media is None or not self.edits:
            return False
        end = self.first + self.media
        return all(edit.start is None or edit.start >= end for edit in self.edits)


def lay_track(
    track: Track, times: TrackTimes, *, movie_timescale: int, is_fragmented: bool, gapless: Edit | None
) -> TrackTimeline:
    """Lay a track on the timeline of its file.

    Args:
        track: What the movie box says.
        times: When its samples are played, those in fragments too.
        movie_timescale: Units per second of durations in its edit list.
        is_fragmented: Whether there are fragments. The edit list was written before them, so that only the start of its
            first edit counts.
        gapless: What is to be heard where there is no edit list.
    """
    timescale = times.timescale
    found = lay_out(track.edits, timescale=timescale, movie_timescale=movie_timescale)
    edits, origin = found.edits, 0.0
    first = times.first / timescale if timescale else 0.0
    if is_fragmented:
        start = next((edit.start for edit in edits if edit.start is not None), 0.0)
        # What begins at a later time has nothing that could be left out.
        edits, origin = ((Edit(start, None),), 0.0) if start > first else ((), first - start)
    elif not track.edits and gapless is not None:
        edits = (gapless,)
    return TrackTimeline(
        edits=edits,
        pause=found.pause,
        first=first,
        origin=origin,
        media=times.media,
    )
