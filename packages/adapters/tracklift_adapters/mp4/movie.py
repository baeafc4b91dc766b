"""The movie box, which is the index of the file (ISO/IEC 14496-12, 8.2)."""

from dataclasses import replace

from tracklift_adapters.mp4.boxes import Box, children, fields, first_children, version_and_flags
from tracklift_adapters.mp4.byte_source import ByteSource
from tracklift_adapters.mp4.chapters import read_chapters
from tracklift_adapters.mp4.damage import damaged, incomplete, not_a_video
from tracklift_adapters.mp4.edit_list import Edit, played_seconds
from tracklift_adapters.mp4.fragments import FragmentDurations
from tracklift_adapters.mp4.layout import find_movie, visit_fragments
from tracklift_adapters.mp4.metadata import read_metadata
from tracklift_adapters.mp4.track import Track, read_track
from tracklift_domain.conversion.audio_track import AudioTrack
from tracklift_domain.conversion.video import VideoTraits

MOST_TRACKS = 1000
"""Ten times as many as can be chosen from; no program is known to write more than a few dozen."""
_MISSING_FRAGMENTS_TOLERANCE = 1.0
"""Seconds by which fragments may fall short of the announced duration: writers round it up to a whole second."""


def read_traits(source: ByteSource) -> VideoTraits:
    """Find the audio tracks of a video, its tags, its cover and its chapters.

    Raises:
        ExtractionError: `not_a_video` or `corrupt_media`.
    """
    movie = find_movie(source)
    boxes = first_children(source, movie)
    if b"cmov" in boxes:
        raise not_a_video("The index of this QuickTime file is compressed, which is not supported")
    tracks = _read_tracks(source, movie)
    movie_timescale = _movie_timescale(source, boxes)
    if b"mvex" in boxes:
        seconds = _fragmented(source, movie, boxes[b"mvex"], tracks, movie_timescale)
    else:
        seconds = [
            _played(track, track.samples_duration or track.duration, movie_timescale) for track in tracks
        ]
    # Last, so that metadata of too many boxes takes nothing from what the sound needs.
    metadata = read_metadata(source, boxes)
    return VideoTraits(
        audio_tracks=tuple(
            AudioTrack(
                codec=track.audio.codec,
                sample_rate=track.audio.sample_rate,
                channels=track.audio.channels,
                duration=duration,
            )
            for track, duration in zip(tracks, seconds, strict=True)
            if track.audio is not None
        ),
        tags=metadata.tags,
        cover=metadata.cover,
        chapters=read_chapters(source, movie, boxes, movie_timescale),
    )


def _read_tracks(source: ByteSource, movie: Box) -> list[Track]:
    tracks: list[Track] = []
    for box in children(source, movie):
        if box.type != b"trak":
            continue
        if len(tracks) == MOST_TRACKS:
            raise damaged(f"it has more than {MOST_TRACKS:,} tracks")
        track = read_track(source, box)
        if track is not None:
            tracks.append(track)
    return tracks


def _movie_timescale(source: ByteSource, boxes: dict[bytes, Box]) -> int:
    mvhd = boxes.get(b"mvhd")
    if mvhd is None:
        return 0
    version, _ = version_and_flags(source, mvhd)
    return int.from_bytes(fields(source, mvhd, 20 if version == 1 else 12, 4))


def _played(track: Track, duration: int | None, movie_timescale: int) -> float | None:
    if duration is None or track.timescale == 0:
        return None
    media = duration / track.timescale
    return played_seconds(track.edits, media, timescale=track.timescale, movie_timescale=movie_timescale)


def _fragmented(
    source: ByteSource, movie: Box, mvex: Box, tracks: list[Track], movie_timescale: int
) -> list[float | None]:
    """Give each track's seconds, unknown where there are too many fragments to look into."""
    durations = FragmentDurations(source, mvex)
    complete = visit_fragments(source, movie, durations.add)
    totals = [_before_fragments(track) + durations.by_track[track.id] for track in tracks]
    if not complete:
        return [None] * len(tracks)
    announced = _announced(source, mvex, movie_timescale)
    longest = max(
        (total / t.timescale for t, total in zip(tracks, totals, strict=True) if t.timescale), default=0
    )
    if announced is not None and longest < announced - _MISSING_FRAGMENTS_TOLERANCE:
        raise incomplete(f"it has {longest:.2f} of {announced:.2f} seconds")
    return [
        _played(_open_ended(track), total, movie_timescale)
        for track, total in zip(tracks, totals, strict=True)
    ]


def _before_fragments(track: Track) -> int:
    """Give the duration of the samples that the movie box itself names."""
    if track.audio is None:
        return track.duration or 0
    return track.samples_duration or 0


def _announced(source: ByteSource, mvex: Box, movie_timescale: int) -> float | None:
    """Give the seconds that the movie extends header (`mehd`; 8.8.2) announces."""
    mehd = first_children(source, mvex).get(b"mehd")
    if mehd is None or movie_timescale == 0:
        return None
    version, _ = version_and_flags(source, mehd)
    return int.from_bytes(fields(source, mehd, 4, 8 if version == 1 else 4)) / movie_timescale


def _open_ended(track: Track) -> Track:
    """Let the first edit play to the end: it was written before the fragments, so only its start counts."""
    return replace(track, edits=tuple(Edit(0, edit.media_time) for edit in track.edits[:1]))
