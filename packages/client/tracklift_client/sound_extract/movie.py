"""The movie box, which is the index of the file (ISO/IEC 14496-12, 8.2): read, and written for the extract."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracklift_client.sound_extract.box_writing import copy, write
from tracklift_client.sound_extract.boxes import Box, children, only, required
from tracklift_client.sound_extract.chapter_tracks import chapter_tracks, write_references
from tracklift_client.sound_extract.errors import NoExtractError, Reason, too_large, unsupported
from tracklift_client.sound_extract.movie_extends import MovieExtends, read_extends
from tracklift_client.sound_extract.source import Source
from tracklift_client.sound_extract.track import Track, behind_times, by_id, read_track

MOST_TRACKS = 100
_DESCRIPTIVE = frozenset({b"udta", b"meta"})
"""Tags, cover picture, Nero's chapters: copied as they are, the first of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movie:
    """What the index says, as far as it matters."""

    boxes: list[Box]
    tracks: Mapping[int, Track]
    """All of them by their ids, in the order of the file."""
    kept: Mapping[int, Track]
    """Those of the extract."""
    chapters: list[int]
    """The ids of the text tracks that hold chapters."""
    timescale: int
    """Units per second of durations in edit lists; 0 where it is not told."""
    extends: MovieExtends | None
    """`None`: the file has no fragments."""

    def written(
        self, source: Source, tables: Mapping[int, Mapping[bytes, bytes]], marker: Mapping[int, bytes]
    ) -> bytes:
        """Write the index of the extract.

        Args:
            source: The file.
            tables: The tables of chunks by the tracks' ids, each by the types of the boxes that it replaces.
            marker: What is written in place of a track that is not kept, by its id.
        """
        parts: list[bytes] = []
        references = write_references(self.chapters)
        copied: set[bytes] = set()
        tracks = iter(self.tracks.values())
        for box in self.boxes:
            if box.type == b"trak":
                track = next(tracks)
                if track.id in self.kept:
                    parts.append(track.written(source, tables[track.id], references))
                    references = b""
                else:
                    parts.append(marker.get(track.id, b""))
            elif box.type == b"mvex" and self.extends is not None:
                parts.append(self.extends.written({*self.kept, *marker}))
            elif box.type == b"mvhd" or (box.type in _DESCRIPTIVE and box.type not in copied):
                parts.append(copy(source, box))
                copied.add(box.type)
        return write(b"moov", *parts)


def read_movie(source: Source, moov: Box) -> Movie:
    """Read the index, and decide which tracks are kept: all of sound, and those of chapters.

    Raises:
        NoExtractError: it makes no sense, or there is no sound.
    """
    boxes = children(source, moov)
    if only(boxes, b"cmov") is not None:
        raise unsupported("the index is compressed")
    traks = [box for box in boxes if box.type == b"trak"]
    if len(traks) > MOST_TRACKS:
        raise too_large(f"the file has more than {MOST_TRACKS} tracks")
    tracks = by_id([read_track(source, trak) for trak in traks])
    if not any(track.is_audio for track in tracks.values()):
        raise NoExtractError(Reason.NO_AUDIO, "the file has no track of sound")
    chapters, extends = chapter_tracks(tracks), only(boxes, b"mvex")
    return Movie(
        boxes=boxes,
        tracks=tracks,
        kept={name: track for name, track in tracks.items() if track.is_audio or name in chapters},
        chapters=chapters,
        timescale=behind_times(source, required(boxes, b"mvhd")),
        extends=None if extends is None else read_extends(source, extends),
    )
