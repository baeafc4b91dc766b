"""Texts of 3GPP files, in boxes of the user data (3GPP TS 26.244, 8).

Each is a full box with a language (16 bits) and a text in UTF-8, or in UTF-16 behind a byte order mark, which ends with
a NUL. Behind the name of an album may follow the number of the track (8 bits). The year has 16 bits and no language.
"""

from collections.abc import Iterator
from contextlib import suppress

from tracklift_adapters.mp4.metadata.metadata_parts import parts
from tracklift_adapters.mp4.metadata.metadata_text import BYTE_ORDER_MARKS, LONGEST_TEXT, decode_text
from tracklift_adapters.mp4.structure.boxes import Box, fields
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.errors import ExtractionError

_NAMES = {
    b"titl": "title",
    b"perf": "artist",
    b"auth": "artist",
    b"albm": "album",
    b"gnre": "genre",
    b"dscp": "comment",
    b"cprt": "copyright",
    b"yrrc": "date",
}
_ORDER = list(_NAMES)
_TEXT_START = 6


def read_3gpp_tags(source: ByteSource, user_data: Box) -> Iterator[tuple[str, str]]:
    """Give names, as ffmpeg's, and texts; the performer before the author. What is broken is left out."""
    found = [part for part in parts(source, user_data) if part.type in _NAMES]
    for part in sorted(found, key=lambda part: _ORDER.index(part.type)):
        with suppress(ExtractionError, UnicodeDecodeError):
            yield from _read(source, part)


def _read(source: ByteSource, part: Box) -> Iterator[tuple[str, str]]:
    head = fields(source, part, 0, _TEXT_START)
    if part.type == b"yrrc":
        year = int.from_bytes(head[4:])
        if year:
            yield "date", f"{year}"
        return
    start = part.start + _TEXT_START
    data = source.at(start, min(part.end - start, LONGEST_TEXT))
    encoded, behind = _split(data)
    text = decode_text(encoded, whole=len(data) == part.end - start)
    if text.strip():
        yield _NAMES[part.type], text
    if part.type == b"albm" and behind[:1] > b"\0":
        yield "track", f"{behind[0]}"


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Split a text from what is behind the NUL that ends it."""
    width = 2 if data.startswith(BYTE_ORDER_MARKS) else 1
    for end in range(0, len(data) - width + 1, width):
        if not any(data[end : end + width]):
            return data[:end], data[end + width :]
    return data, b""
