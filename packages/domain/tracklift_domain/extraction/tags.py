"""What an MP3 says about itself: the video's own texts, unless the user chose others, and the video's cover picture."""

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
"""All tags that are taken over, by ffmpeg's names, in the order in which they are written. Where and when a video was
recorded, and with what, is not among them: who publishes the sound need not publish that."""
LONGEST_COMMENT = 4000
"""Characters of a comment, which often holds a whole description; all other texts have `LONGEST_TAG` at most."""
LARGEST_COVER = 16 * 2**20
"""Bytes of a cover picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverPicture:
    """A picture that a video carries along, by where it lies in the file."""

    media_type: str
    """`image/jpeg` or `image/png`, as the picture's first bytes say."""
    position: int
    """Of its first byte in the file."""
    size: int
    """Bytes, at most `LARGEST_COVER`."""


def merge_tags(
    carried: Iterable[tuple[str, str]], chosen: Mapping[str, str | None]
) -> tuple[tuple[str, str], ...]:
    """Give the tags of the MP3 in the order of `TAG_NAMES`.

    Args:
        carried: Names and texts of the video, whatever they are: unknown names and empty texts are left out, of several
            with one name the first counts.
        chosen: The user's texts; `None` for a tag that is the video's, or is not there where the video has none.
    """
    texts: dict[str, str] = {}
    for name, text in carried:
        cleaned = _cleaned(name, text)
        if cleaned:
            texts.setdefault(name, cleaned)
    texts |= {name: text for name, text in chosen.items() if text is not None}
    return tuple((name, texts[name]) for name in TAG_NAMES if name in texts)


def one_line(text: str, longest: int, *, keep: str = "") -> str:
    """Turn what breaks a line into a space, unless it is in `keep`, and cut the text to so many characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = (each if each in keep or not _breaks_a_line(each) else " " for each in text[: 2 * longest])
    return "".join(shown).strip()[:longest].rstrip()


def _cleaned(name: str, text: str) -> str:
    """Clean a text; a comment may have several lines."""
    if name == "comment":
        return one_line(text, LONGEST_COMMENT, keep="\n")
    return one_line(text, LONGEST_TAG)


def _breaks_a_line(character: str) -> bool:
    """Tell a control character, a line or paragraph separator, or half of a surrogate pair, which has no encoding."""
    return unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}
