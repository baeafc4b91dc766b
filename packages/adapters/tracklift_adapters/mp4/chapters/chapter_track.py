"""Chapters as QuickTime keeps them: a text track of which each sample is a chapter's title (QuickTime File Format).

Any track may name it, by a reference of the type `chap` (box `tref`). A sample is the size of the title (16 bits), the
title in UTF-8 or, behind a byte order mark, in UTF-16, and maybe boxes about its looks. A chapter begins when its
sample does; the track's edit list may let all begin later.
"""

import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice

from tracklift_adapters.mp4.chapters.text_samples import (
    read_entries,
    read_sample,
    sample_places,
    sample_starts,
)
from tracklift_adapters.mp4.metadata.metadata_parts import parts
from tracklift_adapters.mp4.structure.boxes import Box, fields, first_children, version_and_flags
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.chapters import LONGEST_CHAPTER_TITLE, MOST_CHAPTERS
from tracklift_domain.extraction.errors import ExtractionError

_TEXT_HANDLERS = frozenset({b"text", b"sbtl", b"subt"})
_MOST_TRACKS = 4
"""Text tracks tried: a file has one, or one for each of a few languages."""
_MOST_REFERENCES = 100
_MOST_EDITS = 100
_LONGEST_TITLE = 4 * LONGEST_CHAPTER_TITLE
"""Bytes read of a title: no encoding takes more than four for a character."""
_EDITS = (struct.Struct(">Ii4x"), struct.Struct(">Qq4x"))
"""By the version of the edit list."""


def read_chapter_track(source: ByteSource, movie: Box, movie_timescale: int) -> list[tuple[float, str]]:
    """Give starts in seconds and titles of the first text track of chapters of which anything can be read."""
    for boxes in islice(_text_tracks(source, movie), _MOST_TRACKS):
        found: list[tuple[float, str]] = []
        with suppress(ExtractionError):
            found.extend(_read(source, boxes, movie_timescale))
        if found:
            return found
    return []


def _text_tracks(source: ByteSource, movie: Box) -> Iterator[Mapping[bytes, Box]]:
    """Give the boxes of each text track that another track names, those of its media among them."""
    tracks: dict[int, Mapping[bytes, Box]] = {}
    named: dict[int, None] = {}
    for part in parts(source, movie):
        if part.type == b"trak":
            with suppress(ExtractionError):
                boxes = first_children(source, part)
                named |= dict.fromkeys(_references(source, boxes))
                tracks.setdefault(_number(source, boxes), boxes)
    for number in named:
        with suppress(ExtractionError):
            boxes = dict(tracks.get(number, {}))
            if b"mdia" in boxes:
                boxes |= first_children(source, boxes[b"mdia"])
            if b"hdlr" in boxes and fields(source, boxes[b"hdlr"], 8, 4) in _TEXT_HANDLERS:
                yield boxes


def _references(source: ByteSource, boxes: Mapping[bytes, Box]) -> Iterator[int]:
    """Give the numbers of the tracks that a track names as those of its chapters."""
    chap = first_children(source, boxes[b"tref"]).get(b"chap") if b"tref" in boxes else None
    if chap is not None:
        count = min((chap.end - chap.start) // 4, _MOST_REFERENCES)
        yield from struct.unpack(f">{count}I", fields(source, chap, 0, 4 * count))


def _number(source: ByteSource, boxes: Mapping[bytes, Box]) -> int:
    if b"tkhd" not in boxes:
        return 0
    version, _ = version_and_flags(source, boxes[b"tkhd"])
    return int.from_bytes(fields(source, boxes[b"tkhd"], 20 if version == 1 else 12, 4))


def _read(
    source: ByteSource, boxes: Mapping[bytes, Box], movie_timescale: int
) -> Iterator[tuple[float, str]]:
    information = first_children(source, boxes[b"minf"]) if b"minf" in boxes else {}
    if b"mdhd" not in boxes or b"stbl" not in information:
        return
    version, _ = version_and_flags(source, boxes[b"mdhd"])
    timescale = int.from_bytes(fields(source, boxes[b"mdhd"], 20 if version == 1 else 12, 4))
    if timescale == 0:
        return
    offset = _offset(source, boxes, timescale, movie_timescale)
    sample_table = first_children(source, information[b"stbl"])
    starts = sample_starts(source, sample_table, MOST_CHAPTERS)
    places = sample_places(source, sample_table, MOST_CHAPTERS)
    for start, (position, size) in zip(starts, places, strict=False):
        with suppress(ExtractionError):
            title = read_sample(source, position, size, _LONGEST_TITLE)
            if title is not None:
                yield offset + start / timescale, title


def _offset(source: ByteSource, boxes: Mapping[bytes, Box], timescale: int, movie_timescale: int) -> float:
    """Give the seconds by which the edit list lets the track begin later, up to its first edit that is not a pause."""
    elst = first_children(source, boxes[b"edts"]).get(b"elst") if b"edts" in boxes else None
    if elst is None or movie_timescale == 0:
        return 0.0
    version, _ = version_and_flags(source, elst)
    pause = 0
    for duration, media_time in read_entries(source, elst, _EDITS[version == 1], _MOST_EDITS):
        if media_time >= 0:
            return float(pause / movie_timescale - media_time / timescale)
        pause += duration
    return 0.0
