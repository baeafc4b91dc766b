"""The tag in front of an MP3 (ID3v2.3.0, id3.org): title, artist and the like, and a cover picture.

A tag begins with "ID3", its version (two bytes), flags (one) and its size without these ten bytes: four bytes of seven
bits each, so that nothing in it looks like a frame of MP3. Frames follow, each with a name of four characters, its
size (32 bits) and flags (two bytes). A frame of text begins with its encoding: 0 is ISO 8859-1, 1 is UTF-16 with a
byte order mark.
"""

import re
import struct
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MOST_CHARACTERS = 16_384
"""What a text has more than these is cut off; in UTF-16 they take 64 KiB at most."""
MOST_PICTURE_BYTES = 16 * 2**20
PICTURE_TYPES = frozenset({"image/jpeg", "image/png"})
_FRAMES = {
    "title": b"TIT2",
    "artist": b"TPE1",
    "album": b"TALB",
    "album_artist": b"TPE2",
    "composer": b"TCOM",
    "genre": b"TCON",
    "date": b"TYER",
    "year": b"TYER",
    "track": b"TRCK",
    "comment": b"COMM",
    "copyright": b"TCOP",
    "encoder": b"TSSE",
}
_YEAR = re.compile(r"\d{4}(?=(\d{4})?(?!\d))", re.ASCII)
"""Of a year alone, or of a date with or without hyphens."""
_ANY_LANGUAGE = b"XXX"
_FRONT_COVER = b"\x03"
_FRAME = struct.Struct(">4sI2x")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is in a file."""

    media_type: str
    data: bytes


def id3_tag(values: Iterable[tuple[str, str]], picture: Picture | None = None) -> bytes:
    """Write a tag; nothing where there is nothing to say.

    Args:
        values: names as ffmpeg has them (`album_artist`), in any case, and texts. Of several with one name the first
            counts; names that are not known and empty texts are left out.
        picture: the cover; left out when it is no JPEG or PNG by its media type, or larger than 16 MiB.
    """
    frames: dict[bytes, bytes] = {}
    for name, value in values:
        frame = _FRAMES.get(name.lower())
        if frame is None or frame in frames:
            continue
        text = _cleaned(value, lines=frame == b"COMM")
        if frame == b"TYER":
            year = _YEAR.match(text)
            text = year[0] if year else ""
        if text:
            frames[frame] = _comment(text) if frame == b"COMM" else _text(text)
    if picture and picture.media_type in PICTURE_TYPES and 0 < len(picture.data) <= MOST_PICTURE_BYTES:
        frames[b"APIC"] = b"\0" + picture.media_type.encode() + b"\0" + _FRONT_COVER + b"\0" + picture.data
    body = b"".join(_FRAME.pack(frame, len(content)) + content for frame, content in frames.items())
    return b"ID3\x03\0\0" + _in_sevens(len(body)) + body if body else b""


def _cleaned(value: str, *, lines: bool) -> str:
    """Turn control characters into spaces: a text ends at a NUL, and only comments may have several lines."""
    if lines:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "\n" if lines else ""
    cut = value[:MOST_CHARACTERS]
    return "".join(each if each in kept or not _is_control(each) else " " for each in cut).strip()


def _is_control(character: str) -> bool:
    """Tell a control character, or half of a surrogate pair, which has no encoding."""
    return unicodedata.category(character) in {"Cc", "Cs"}


def _text(text: str) -> bytes:
    encoding, encoded = _encoded(text)
    return encoding + encoded


def _comment(text: str) -> bytes:
    """Write a comment, which has a language and a description of its own, here none."""
    encoding, encoded = _encoded(text)
    no_description = b"\0" if encoding == b"\0" else "\ufeff\0".encode("utf-16-le")
    return encoding + _ANY_LANGUAGE + no_description + encoded


def _encoded(text: str) -> tuple[bytes, bytes]:
    try:
        return b"\0", text.encode("latin-1")
    except UnicodeEncodeError:
        return b"\x01", ("\ufeff" + text).encode("utf-16-le")


def _in_sevens(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
