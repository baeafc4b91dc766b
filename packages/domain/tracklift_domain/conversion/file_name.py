"""The names that people give to their videos."""

import unicodedata

from tracklift_domain.conversion.errors import InvalidNameError

FALLBACK_NAME = "video.mp4"
LONGEST_NAME = 200
"""Bytes of UTF-8: below the 255 of common file systems, with room for another extension or a number."""
_LONGEST_ENDING = 10
_JOINERS = "\u200c\u200d"
"""Invisible characters that spelling needs: Persian and Indic scripts, and emoji made of several."""
_EDGES = ". " + _JOINERS
"""Characters that are stripped from both ends: a leading dot hides a file, and the others are invisible."""
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of control characters, surrogates, and line and paragraph separators."""
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible characters that change how a name reads, for example so that it seems to have another extension."""
_INVISIBLE = frozenset({"Cf", "Zs"})


def clean_file_name(raw: str | None, *, otherwise: str = FALLBACK_NAME) -> str:
    """Make a name for display and download from what a client sent.

    Keeps the last part of a path (both separators), turns control and other invisible characters into white space,
    folds that, drops dots and white space around the name, and shortens the stem of a name above `LONGEST_NAME`
    bytes so that its extension stays. Letters of every script and emoji stay. A name of which nothing is left becomes
    `otherwise`.
    """
    last_part = (raw or "").replace("\\", "/").rpartition("/")[2]
    normal = unicodedata.normalize("NFC", last_part)
    visible = "".join(c if c.isprintable() or c in _JOINERS else " " for c in normal)
    folded = " ".join(visible.split()).strip(_EDGES)
    if not folded:
        return otherwise
    stem, ending = _split(folded)
    return _shortened(stem, LONGEST_NAME - len(ending.encode())) + ending


def audio_file_name(video_name: str) -> str:
    """Give the name of the MP3 that is made from a video of this (clean) name."""
    return f"{_split(video_name)[0]}.mp3"


def new_video_name(wanted: str, video_name: str) -> str:
    """Give the new name of a video that its owner renames.

    Its extension stays. The same extension, or that of an MP3, is removed from `wanted`, as are surrounding
    dots and spaces. Every script and emoji is allowed, including those that are newer than Python's Unicode
    tables.

    Raises:
        InvalidNameError: nothing would be left, it is too long, or it has control characters or a path separator.
    """
    if any(unicodedata.category(c) in _CONTROL or c in _DIRECTION for c in wanted):
        raise InvalidNameError("has control characters: leave them out.")
    if "/" in wanted or "\\" in wanted:
        raise InvalidNameError("can't contain / or \\, which separate folders.")
    ending = _split(video_name)[1] or _split(FALLBACK_NAME)[1]
    stem = " ".join(unicodedata.normalize("NFC", wanted).split()).strip(_EDGES)
    for known in (ending, audio_file_name("")):
        if stem.lower().endswith(known.lower()):
            stem = stem[: -len(known)].rstrip(_EDGES)
            break
    if all(unicodedata.category(c) in _INVISIBLE for c in stem):
        raise InvalidNameError("is empty: write at least one character that can be seen.")
    name = stem + ending
    if len(name.encode()) > LONGEST_NAME:
        raise InvalidNameError(f"is too long: it has {LONGEST_NAME} bytes of UTF-8 at the most.")
    return name


def _split(name: str) -> tuple[str, str]:
    """Remove the extension with its dot. "Mr. Smith" has none."""
    stem, _, ending = name.rpartition(".")
    if stem and ending.isalnum() and len(ending) <= _LONGEST_ENDING:
        return stem, f".{ending}"
    return name, ""


def _shortened(text: str, size: int) -> str:
    encoded = text.encode()
    if len(encoded) <= size:
        return text
    # A character that is cut in the middle is dropped.
    return encoded[:size].decode(errors="ignore").rstrip(_EDGES)
