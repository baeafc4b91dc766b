"""The tag at the beginning of an MP3 (ID3v2.3.0, id3.org): title, artist and so on, a cover picture, and chapters.

A tag begins with "ID3", its version (two bytes), flags (one) and its size without these ten bytes: four bytes of seven
bits each, so that they can't look like an MP3 frame. Frames follow, and then zeros as padding, if any.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracklift_adapters.lame.mp3.id3_chapters import chapter_frames
from tracklift_adapters.lame.mp3.id3_frames import encode, frame, text
from tracklift_domain.extraction.chapters import Chapter

MAX_CHARACTERS = 16_384
"""Longer texts are truncated; in UTF-16 these take 64 KiB at most."""
MAX_PICTURE_BYTES = 16 * 2**20
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
"""The year of a year or date, with or without hyphens."""
_ANY_LANGUAGE = b"XXX"
_FRONT_COVER = b"\x03"


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture."""

    media_type: str
    data: bytes


class Id3Tag:
    """A tag. Its size is known from the beginning, and its chapters once the duration of the MP3 is known."""

    def __init__(
        self,
        values: Iterable[tuple[str, str]],
        picture: Picture | None = None,
        chapters: Sequence[Chapter] = (),
    ) -> None:
        """Create the tag. Without content, its size is 0.

        Args:
            values: ffmpeg's names (`album_artist`), in any case, and texts. Of several with one name the first is
                used; unknown names and empty texts are ignored.
            picture: The cover; ignored if its media type is not JPEG or PNG, or if it is larger than 16 MiB.
            chapters: In ascending order, no two in the same millisecond.
        """
        frames = _frames(values, picture)
        self._chapters = [Chapter(each.start, _cleaned(each.title, lines=False)) for each in chapters]
        self._room = len(chapter_frames(self._chapters, math.inf))
        size = len(frames) + self._room
        self.head = b"ID3\x03\0\0" + _in_sevens(size) + frames if size else b""
        """The beginning of the tag, which does not depend on the duration."""

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self.head) + self._room

    def rest(self, duration: float) -> bytes:
        """Return what follows the head, for an MP3 of this duration (seconds).

        Chapters after the end of the MP3 are replaced by padding.
        """
        return chapter_frames(self._chapters, duration).ljust(self._room, b"\0")


def _frames(values: Iterable[tuple[str, str]], picture: Picture | None) -> bytes:
    """Encode the frames that do not depend on the duration."""
    contents: dict[bytes, bytes] = {}
    for name, value in values:
        kind = _FRAMES.get(name.lower())
        if kind is None or kind in contents:
            continue
        cleaned = _cleaned(value, lines=kind == b"COMM")
        if kind == b"TYER":
            year = _YEAR.match(cleaned)
            cleaned = year[0] if year else ""
        if cleaned:
            contents[kind] = _comment(cleaned) if kind == b"COMM" else text(cleaned)
    if picture and picture.media_type in PICTURE_TYPES and 0 < len(picture.data) <= MAX_PICTURE_BYTES:
        contents[b"APIC"] = b"\0" + picture.media_type.encode() + b"\0" + _FRONT_COVER + b"\0" + picture.data
    return b"".join(frame(kind, content) for kind, content in contents.items())


def _cleaned(value: str, *, lines: bool) -> str:
    """Replace control characters by spaces: a NUL would end the text, and only comments may have several lines."""
    if lines:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "\n" if lines else ""
    cut = value[:MAX_CHARACTERS]
    return "".join(each if each in kept or not _is_control(each) else " " for each in cut).strip()


def _is_control(character: str) -> bool:
    """Return whether this is a control character, or a surrogate, which can't be encoded."""
    return unicodedata.category(character) in {"Cc", "Cs"}


def _comment(comment: str) -> bytes:
    """Encode a comment. Its language is unknown, and its description empty."""
    encoding, encoded = encode(comment)
    no_description = b"\0" if encoding == b"\0" else "\ufeff\0".encode("utf-16-le")
    return encoding + _ANY_LANGUAGE + no_description + encoded


def _in_sevens(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
