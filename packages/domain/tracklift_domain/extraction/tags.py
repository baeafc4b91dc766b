"""The tags of an MP3: the video's own, unless the user chose others, and the video's cover picture."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracklift_domain.extraction.options import LONGEST_TAG

TAG_NAMES = (
    "title",
    "artist",
    "album",
    "album_artist",
    "composer",
    "genre",
    "date",
    "track",
    "comment",
    "copyright",
)
"""All tags that are copied, by ffmpeg's names, in the order in which they are written. Where a video was recorded, and
with which device, is not among them: publishing the sound should not publish that."""
LONGEST_COMMENT = 4000
"""Characters of a comment, which often contains a whole description; other texts have at most `LONGEST_TAG`."""
LARGEST_COVER = 16 * 2**20
"""Bytes of a cover picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverPicture:
    """A picture embedded in a video, given by its place in the file."""

    media_type: str
    """`image/jpeg` or `image/png`, according to the picture's first bytes."""
    position: int
    """The position of its first byte in the file."""
    size: int
    """Bytes, at most `LARGEST_COVER`."""


def merge_tags(
    carried: Iterable[tuple[str, str]], chosen: Mapping[str, str | None]
) -> tuple[tuple[str, str], ...]:
    """Return the tags of the MP3 in the order of `TAG_NAMES`.

    Args:
        carried: The video's names and texts, unchecked. Unknown names and empty texts are left out; if a name is
            repeated, the first one wins.
        chosen: The user's texts; `None` for a tag that is copied from the video, if the video has it.
    """
    texts: dict[str, str] = {}
    for name, text in carried:
        cleaned = _cleaned(name, text)
        if cleaned:
            texts.setdefault(name, cleaned)
    texts |= {name: text for name, text in chosen.items() if text is not None}
    return tuple((name, texts[name]) for name in TAG_NAMES if name in texts)


def one_line(text: str, longest: int, *, keep: str = "") -> str:
    """Replace characters that break a line with spaces, except those in `keep`, and cut the text to `longest`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = (each if each in keep or not _breaks_a_line(each) else " " for each in text[: 2 * longest])
    return "".join(shown).strip()[:longest].rstrip()


def _cleaned(name: str, text: str) -> str:
    """Clean a text; a comment may have several lines."""
    if name == "comment":
        return one_line(text, LONGEST_COMMENT, keep="\n")
    return one_line(text, LONGEST_TAG)


def _breaks_a_line(character: str) -> bool:
    """Return whether this is a control character, line or paragraph separator, or a lone surrogate (not encodable)."""
    return unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}
