"""The fragments of a file as they are in the extract, and what their times need to mean the same there."""

from collections.abc import Mapping
from typing import NamedTuple

from tracklift_client.sound_extract.errors import NoExtractError, Reason, damaged, unsupported
from tracklift_client.sound_extract.extract_plan import ExtractPlan
from tracklift_client.sound_extract.fragment import Fragment, read_fragment
from tracklift_client.sound_extract.layout import Layout, fragments
from tracklift_client.sound_extract.marker_track import write_marker, write_marker_part
from tracklift_client.sound_extract.movie import Movie
from tracklift_client.sound_extract.movie_extends import MovieExtends
from tracklift_client.sound_extract.sample_sizes import read_sizes
from tracklift_client.sound_extract.source import Source
from tracklift_client.sound_extract.track_clock import TrackClock

_TOLERANCE = 1.0
"""Seconds by which fragments may fall short of what is announced, as the server has it."""


class PlannedFragments(NamedTuple):
    """The fragments' part of an extract."""

    plan: ExtractPlan
    marker: Mapping[int, bytes]
    """The track that keeps the time at which the file begins, by its id, or none."""


def plan_fragments(source: Source, layout: Layout, movie: Movie, extends: MovieExtends) -> PlannedFragments:
    """Plan what follows the index and its media; nothing, if the file has no fragments.

    Raises:
        NoExtractError: a fragment makes no sense, or recordings like this are not extracted.
    """
    clocks = {name: _clock(source, movie, name) for name in movie.tracks}
    had_samples = any(clock.has_samples for clock in clocks.values())
    first: Fragment | None = None
    following, count, has_index = ExtractPlan(), 0, False
    for box in fragments(source, layout):
        if box.type != b"moof":
            has_index = True
            continue
        fragment = read_fragment(source, box, extends.defaults)
        count += 1
        _tell(clocks, fragment)
        kept = fragment.keep(movie.kept)
        if has_index and any(part.time is None for part in kept.parts):
            raise unsupported("an index of segments tells the times of fragments")
        if first is None and kept.parts:
            first = kept
        elif kept.parts:
            _add(following, source, kept, {})
    if count == 0:
        return PlannedFragments(following, {})
    if first is None:
        raise unsupported("no fragment has sound")
    if not any(clocks[name].has_samples for name in movie.kept):
        raise NoExtractError(Reason.NO_AUDIO, "the sound has no samples")
    _check_announcement(movie, extends, clocks, had_samples=had_samples)
    early = _earliest_left_out(movie, clocks)
    if early and not first.has_bytes:
        raise unsupported("the first fragment of the sound has no bytes")
    plan = ExtractPlan()
    _add(plan, source, first, early)
    plan.add_all(following)
    return PlannedFragments(plan, {name: write_marker(source, movie.tracks[name]) for name in early})


def _clock(source: Source, movie: Movie, name: int) -> TrackClock:
    track = movie.tracks[name]
    sizes = read_sizes(source, track.table)
    has_samples = not sizes.are_empty if track.is_audio else sizes.count > 0
    return TrackClock(track, movie.timescale, has_samples=has_samples)


def _tell(clocks: Mapping[int, TrackClock], fragment: Fragment) -> None:
    for part in fragment.parts:
        clock = clocks.get(part.header.track)
        if clock is None:
            raise damaged("a fragment names an unknown track")
        clock.add(part.time, part.samples, part.duration)


def _add(plan: ExtractPlan, source: Source, fragment: Fragment, marked: Mapping[int, int]) -> None:
    def mark(data_offset: int) -> bytes:
        return b"".join(write_marker_part(name, time, data_offset) for name, time in marked.items())

    head, ranges = fragment.written(source, mark)
    plan.add_own(head)
    for place in ranges:
        plan.add_copied(*place)


def _check_announcement(
    movie: Movie, extends: MovieExtends, clocks: Mapping[int, TrackClock], *, had_samples: bool
) -> None:
    """Make sure that nothing is missing of what the index announces, as the extract announces nothing."""
    if extends.announced is None or movie.timescale == 0:
        return
    longest = max(clock.longest for clock in clocks.values())
    if had_samples or extends.announced / movie.timescale - longest > _TOLERANCE:
        raise damaged("the recording is shorter than its index announces")


def _earliest_left_out(movie: Movie, clocks: Mapping[int, TrackClock]) -> dict[int, int]:
    """Give the first time of the track that begins earliest, by its id, if no track of the extract begins as early."""
    playing = {name: clock for name, clock in clocks.items() if clock.has_samples}
    name = min(playing, key=lambda each: (playing[each].origin, each not in movie.kept))
    return {} if name in movie.kept else {name: playing[name].first}
