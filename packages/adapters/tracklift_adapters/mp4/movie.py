"""The movie box, which is the index of the file (ISO/IEC 14496-12, 8.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tracklift_adapters.mp4.chapters.chapters import read_chapters
from tracklift_adapters.mp4.metadata.gapless_comment import find_gapless_edit
from tracklift_adapters.mp4.metadata.metadata import read_metadata
from tracklift_adapters.mp4.samples.fragments import FragmentReader, Fragments, read_defaults
from tracklift_adapters.mp4.samples.track_times import TrackTimes
from tracklift_adapters.mp4.structure.boxes import (
    Box,
    children,
    fields,
    first_children,
    valid_children,
    version_and_flags,
)
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.damage import damaged, incomplete, initialisation_segment, not_a_video
from tracklift_adapters.mp4.structure.layout import find_movie
from tracklift_adapters.mp4.tracks.audio_tracks import Movie, describe_audio
from tracklift_adapters.mp4.tracks.sample_ranges import locate_sound
from tracklift_adapters.mp4.tracks.track import Track, read_track
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.timeline import Edit
from tracklift_domain.extraction.video_traits import VideoTraits

MOST_TRACKS = 1000
"""Ten times as many as can be chosen from; no program is known to write more than a few dozen."""


def read_traits(source: ByteSource) -> VideoTraits:
    """Find the audio tracks of a video, its tags, its cover and its chapters.

    Raises:
        ExtractionError: `not_a_video` or `corrupt_media`; what is wrong with one track only is that track's problem.
    """
    movie = find_movie(source)
    boxes = valid_children(source, movie)
    if b"cmov" in boxes:
        raise not_a_video("The index of this QuickTime file is compressed, which is not supported")
    tracks = _read_tracks(source, movie)
    times = [TrackTimes(track.media.timescale, track.durations, track.samples) for track in tracks]
    timescale = _movie_timescale(source, boxes)
    fragments = Fragments()
    announced: float | None = None
    if b"mvex" in boxes:
        announced = _announced(source, boxes[b"mvex"], timescale)
        fragments = _read_fragments(source, movie, boxes[b"mvex"], tracks, times)
    audio = describe_audio(
        Movie(
            tracks=tracks,
            times=times,
            fragments=fragments,
            timescale=timescale,
            announced=announced,
            gapless=None if fragments.whole else _gapless(source, boxes, tracks, times),
        )
    )
    # Last, so that what the sound does not need takes nothing from the limits of the inspection.
    metadata = read_metadata(source, boxes)
    chapters = read_chapters(source, movie, boxes, timescale)
    if fragments.whole == 0:
        located = zip(audio, locate_sound(source, tracks), strict=True)
        audio = tuple(replace(track, byte_ranges=ranges) for track, ranges in located)
    return VideoTraits(
        audio_tracks=audio,
        tags=metadata.tags,
        cover=metadata.cover,
        readable=fragments.readable,
        hidden=tuple(sorted(track.hidden for track in tracks if track.hidden is not None)),
        chapters=chapters,
    )


def _read_tracks(source: ByteSource, movie: Box) -> list[Track]:
    tracks: list[Track] = []
    try:
        for box in children(source, movie):
            if box.type != b"trak":
                continue
            if len(tracks) == MOST_TRACKS:
                raise damaged(f"it has more than {MOST_TRACKS:,} tracks")
            tracks.append(read_track(source, box))
    except ExtractionError:
        # Players stop at a box that is invalid, and play the tracks in front of it.
        if source.is_exhausted or not tracks or len(tracks) == MOST_TRACKS:
            raise
    return tracks


def _movie_timescale(source: ByteSource, boxes: Mapping[bytes, Box]) -> int:
    mvhd = boxes.get(b"mvhd")
    if mvhd is None:
        return 0
    version, _ = version_and_flags(source, mvhd)
    return int.from_bytes(fields(source, mvhd, 20 if version == 1 else 12, 4))


def _read_fragments(
    source: ByteSource, movie: Box, mvex: Box, tracks: Sequence[Track], times: Sequence[TrackTimes]
) -> Fragments:
    by_id: dict[int, TrackTimes] = {}
    for track, own in zip(tracks, times, strict=True):
        by_id.setdefault(track.header.id, own)
    found = FragmentReader(source, read_defaults(source, mvex), by_id).read(movie.end)
    if found.whole == 0 and tracks and not any(own.samples for own in times):
        if found.readable is not None:
            raise incomplete("it ends before its first whole fragment")
        raise initialisation_segment()
    if found.whole == 0 and not found.lost:
        # An ordinary file: its sample tables tell whether it is whole.
        return Fragments()
    return found


def _announced(source: ByteSource, mvex: Box, movie_timescale: int) -> float | None:
    """Give the seconds that the movie extends header (`mehd`; 8.8.2) announces."""
    mehd = first_children(source, mvex).get(b"mehd")
    if mehd is None or movie_timescale == 0:
        return None
    version, _ = version_and_flags(source, mehd)
    return int.from_bytes(fields(source, mehd, 4, 8 if version == 1 else 4)) / movie_timescale


def _gapless(
    source: ByteSource, boxes: Mapping[bytes, Box], tracks: Sequence[Track], times: Sequence[TrackTimes]
) -> Edit | None:
    sounding = [(track, own) for track, own in zip(tracks, times, strict=True) if track.audio is not None]
    if len(sounding) != 1:
        return None
    ((track, own),) = sounding
    if track.audio is None or not track.audio.is_aac or track.edits or own.media is None:
        return None
    return find_gapless_edit(source, boxes, (own.timescale, track.audio.sample_rate), own.media)
