"""Tracks of the movie box (ISO/IEC 14496-12, 8.3 and 8.4): what decides whether and how they are extracted."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracklift_client.sound_extract.audio_codes import is_audio
from tracklift_client.sound_extract.box_writing import copy, rewrite, write
from tracklift_client.sound_extract.boxes import (
    Box,
    children,
    fields,
    inside,
    name_of,
    number,
    only,
    required,
    walk,
)
from tracklift_client.sound_extract.edit_list import read_start
from tracklift_client.sound_extract.errors import damaged
from tracklift_client.sound_extract.source import Source

MOST_REFERENCES = 100
"""Tracks of chapters that one track names."""
_ENTRIES_START = 8
_BEHIND_TIMES = {0: 12, 1: 20}
"""Where that is, by the version of the header: times have 32 or 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track. The lists are the boxes of its parts, in their order."""

    id: int
    handler: bytes
    is_audio: bool
    timescale: int
    """Units per second; 0 where it is not told."""
    start: int | None
    """The media time at which its edit list begins to play; `None`: it has no edit list."""
    chapters: tuple[int, ...]
    """The ids of the tracks that it names as those of its chapters."""
    boxes: list[Box]
    media: list[Box]
    information: list[Box]
    table: list[Box]

    def written(self, source: Source, tables: Mapping[bytes, bytes], references: bytes) -> bytes:
        """Write the track with other tables of chunks, and with `references` behind its header in place of its own.

        Args:
            source: The file.
            tables: By the types of the boxes that they replace.
            references: `tref`, or nothing.
        """
        table = write(b"stbl", rewrite(source, self.table, tables))
        information = write(b"minf", rewrite(source, self.information, {b"stbl": table}))
        media = write(b"mdia", rewrite(source, self.media, {b"minf": information}))
        header = copy(source, required(self.boxes, b"tkhd"))
        replaced = {b"tkhd": header + references, b"tref": b"", b"mdia": media}
        return write(b"trak", rewrite(source, self.boxes, replaced))


def read_track(source: Source, trak: Box) -> Track:
    """Read a track.

    Raises:
        NoExtractError: its boxes make no sense.
    """
    boxes = children(source, trak)
    media = children(source, required(boxes, b"mdia"))
    information = inside(source, only(media, b"minf"))
    table = inside(source, only(information, b"stbl"))
    handler = only(media, b"hdlr")
    name = b"" if handler is None else fields(source, handler, 8, 4)
    header, media_header = required(boxes, b"tkhd"), required(media, b"mdhd")
    return Track(
        id=behind_times(source, header),
        handler=name,
        is_audio=is_audio(name, _first_code(source, only(table, b"stsd"))),
        timescale=behind_times(source, media_header),
        start=read_start(source, only(boxes, b"edts")),
        chapters=_chapters(source, boxes),
        boxes=boxes,
        media=media,
        information=information,
        table=table,
    )


def by_id(tracks: list[Track]) -> Mapping[int, Track]:
    """Give the tracks by their ids.

    Raises:
        NoExtractError: two have the same one, or one has none.
    """
    found = {track.id: track for track in tracks}
    if len(found) < len(tracks) or 0 in found:
        raise damaged("the tracks have no ids of their own")
    return found


def behind_times(source: Source, header: Box) -> int:
    """Give what follows two times in a header: the id of a track (`tkhd`), or the time scale (`mdhd`, `mvhd`).

    Raises:
        NoExtractError: the header is too short, or of an unknown version.
    """
    version = number(source, header, 0, 1)
    if version not in _BEHIND_TIMES:
        raise damaged(f"the box {name_of(header)} has the unknown version {version}")
    return number(source, header, _BEHIND_TIMES[version])


def _first_code(source: Source, stsd: Box | None) -> bytes:
    if stsd is None:
        return b""
    entry = next(walk(source, stsd.payload + _ENTRIES_START, stsd.end), None)
    return b"" if entry is None else entry.type


def _chapters(source: Source, boxes: list[Box]) -> tuple[int, ...]:
    chap = next((box for box in inside(source, only(boxes, b"tref")) if box.type == b"chap"), None)
    if chap is None:
        return ()
    count = min(chap.size // 4, MOST_REFERENCES)
    return tuple(number(source, chap, 4 * position) for position in range(count))
