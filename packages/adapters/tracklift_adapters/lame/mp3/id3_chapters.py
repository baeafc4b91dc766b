"""Chapters in an ID3 tag (ID3v2 Chapter Frame Addendum 1.0).

A frame `CHAP` is one chapter: an identifier that ends with a NUL, start and end in milliseconds, start and end as byte
offsets (32 bits each; all ones if the milliseconds apply), and embedded frames, here for the title (`TIT2`). A frame
`CTOC` is a table of contents: an identifier, flags, a count (8 bits) and the identifiers of its entries: chapters or
other tables. One table is marked as the top.
"""

import struct
from collections.abc import Sequence
from itertools import chain, pairwise

from tracklift_adapters.lame.mp3.id3_frames import frame, text
from tracklift_domain.extraction.chapters import Chapter, chapters_within, in_milliseconds

MAX_ENTRIES = 255
"""Entries of one table."""
_TIMES = struct.Struct(">IIII")
_NO_OFFSET = LAST_TIME = 0xFFFFFFFF
_TOP, _ORDERED = 2, 1


def chapter_frames(chapters: Sequence[Chapter], duration: float) -> bytes:
    """Encode the chapters that start before the end of an MP3 of this duration (seconds); nothing if there are none.

    Each one but the last ends where the next one starts. The size depends on the duration only if chapters are left out
    because of it.

    Args:
        chapters: In ascending order, no two in the same millisecond, with titles that can be encoded.
        duration: It may be infinite.
    """
    end = min(duration, LAST_TIME / 1000)
    kept = chapters_within(chapters, end)
    if not kept:
        return b""
    times = [*(in_milliseconds(chapter.start) for chapter in kept), in_milliseconds(end)]
    names = [b"chp%d" % number for number in range(len(kept))]
    frames = (
        frame(b"CHAP", name + b"\0" + _TIMES.pack(*span, _NO_OFFSET, _NO_OFFSET) + _title(chapter))
        for name, span, chapter in zip(names, pairwise(times), kept, strict=True)
    )
    return b"".join(chain(_contents(names), frames))


def _title(chapter: Chapter) -> bytes:
    return frame(b"TIT2", text(chapter.title)) if chapter.title else b""


def _contents(names: Sequence[bytes]) -> list[bytes]:
    """Encode the table of contents; if there are too many entries for one, as a table of tables."""
    if len(names) <= MAX_ENTRIES:
        return [_table(b"toc", _TOP | _ORDERED, names)]
    parts = [names[start : start + MAX_ENTRIES] for start in range(0, len(names), MAX_ENTRIES)]
    tables = [b"toc%d" % number for number in range(len(parts))]
    return [
        _table(b"toc", _TOP | _ORDERED, tables),
        *(_table(name, _ORDERED, part) for name, part in zip(tables, parts, strict=True)),
    ]


def _table(name: bytes, flags: int, entries: Sequence[bytes]) -> bytes:
    return frame(
        b"CTOC", name + b"\0" + bytes([flags, len(entries)]) + b"".join(each + b"\0" for each in entries)
    )
