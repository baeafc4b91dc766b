"""Putting together what the movie box and the fragments say of each audio track."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tracklift_adapters.mp4.samples.fragments import Fragments
from tracklift_adapters.mp4.samples.track_times import TrackTimes
from tracklift_adapters.mp4.structure.damage import damaged
from tracklift_adapters.mp4.tracks.track import Track
from tracklift_adapters.mp4.tracks.track_timeline import TrackTimeline, lay_track
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.failure import Failure
from tracklift_domain.extraction.timeline import Edit

_LONGEST_DELAY = 24 * 3600.0
"""Seconds: a later begin is an error of the times."""
_TOLERANCE = 1.0
"""Seconds by which fragments may fall short of the announced duration: writers round it up to a whole second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movie:
    """What is known of a file, its tracks with the times of each, pictures too."""

    tracks: Sequence[Track]
    times: Sequence[TrackTimes]
    fragments: Fragments
    timescale: int
    """Units per second of durations in edit lists; 0 where it is not told."""
    announced: float | None
    """Seconds of all fragments, as the movie box announces."""
    gapless: Edit | None
    """What is to be heard of the only audio track, where it has no edit list."""


def describe_audio(movie: Movie) -> tuple[AudioTrack, ...]:
    """Give the audio tracks in the order of the file."""
    timelines = [
        lay_track(
            track,
            times,
            movie_timescale=movie.timescale,
            is_fragmented=movie.fragments.whole > 0,
            gapless=movie.gapless if track.audio is not None else None,
        )
        for track, times in zip(movie.tracks, movie.times, strict=True)
    ]
    played = zip(timelines, movie.times, strict=True)
    earliest = min((timeline.origin for timeline, times in played if times.samples), default=0.0)
    ids = Counter(track.header.id for track in movie.tracks)
    longest = max((max(times.media or 0.0, times.told) for times in movie.times), default=0.0)
    found: list[AudioTrack] = []
    for track, times, timeline in zip(movie.tracks, movie.times, timelines, strict=True):
        if track.audio is None:
            continue
        number = track.header.id
        found.append(
            AudioTrack(
                codec=track.audio.codec,
                sample_rate=track.audio.sample_rate,
                channels=track.audio.channels,
                duration=timeline.played,
                id=number if number and ids[number] == 1 else None,
                language=track.media.language,
                is_declared_sound=track.is_declared_sound,
                is_enabled=track.header.is_enabled,
                has_samples=times.samples > 0,
                edits=timeline.edits,
                has_steady_clock=times.durations.is_steady,
                padding=_padding(times),
                delay=_delay(timeline, earliest) if times.samples else 0.0,
                missing=_missing(movie, track, times, longest),
                problem=_problem(movie, track, timeline),
            )
        )
    return tuple(found)


def _padding(times: TrackTimes) -> float | None:
    padding = times.durations.padding
    return None if padding is None or not times.timescale else padding / times.timescale


def _delay(timeline: TrackTimeline, earliest: float) -> float:
    delay = timeline.pause + timeline.origin - earliest
    return delay if 0 <= delay <= _LONGEST_DELAY else 0.0


def _problem(movie: Movie, track: Track, timeline: TrackTimeline) -> Failure | None:
    problem = track.problem or movie.fragments.problems.get(track.header.id)
    if problem is None and timeline.plays_nothing:
        problem = damaged("its edit list names parts of the audio that lie outside of it")
    return None if problem is None else problem.failure


def _missing(movie: Movie, track: Track, times: TrackTimes, longest: float) -> float | None:
    """Give the seconds that the file lacks, where it may lack some."""
    fragments = movie.fragments
    missing: float | None = None
    if fragments.readable is not None:
        lost = fragments.lost.get(track.header.id)
        missing = 0.0 if lost is None else times.seconds_of(lost)
    elif fragments.has_invalid_boxes:
        missing = 0.0
    if fragments.whole and movie.announced is not None and movie.announced - longest > _TOLERANCE:
        missing = max(missing or 0.0, movie.announced - longest)
    return missing
