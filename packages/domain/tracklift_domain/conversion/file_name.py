"""The names that people give to their videos."""

import unicodedata

FALLBACK_NAME = "video.mp4"
LONGEST_NAME = 200
"""Bytes of UTF-8: under the 255 of common file systems, with room for another ending or a number."""
_LONGEST_ENDING = 10
_JOINERS = "\u200c\u200d"
"""Invisible characters that spelling needs: Persian and Indic scripts, and emoji made of several."""
_EDGES = ". " + _JOINERS
"""What a name neither begins nor ends with: a leading dot hides a file, and the rest is invisible."""


def clean_file_name(raw: str | None) -> str:
    """Make a name for display and download out of whatever a client sent.

    Keeps the last part of a path (both separators), turns control and other invisible characters into white space,
    folds that, drops dots and white space around the name, and shortens the stem of a name above `LONGEST_NAME`
    bytes so that its ending stays. Letters of every script and emoji stay. A name without anything left becomes
    `FALLBACK_NAME`.
    """
    last_part = (raw or "").replace("\\", "/").rpartition("/")[2]
    normal = unicodedata.normalize("NFC", last_part)
    visible = "".join(c if c.isprintable() or c in _JOINERS else " " for c in normal)
    folded = " ".join(visible.split()).strip(_EDGES)
    if not folded:
        return FALLBACK_NAME
    stem, ending = _split(folded)
    return _shortened(stem, LONGEST_NAME - len(ending.encode())) + ending


def audio_file_name(video_name: str) -> str:
    """Give the name of the MP3 that is made from a video of this (clean) name."""
    return f"{_split(video_name)[0]}.mp3"


def _split(name: str) -> tuple[str, str]:
    """Take the ending off, dot included. What follows the dot in "Mr. Smith" is none."""
    stem, _, ending = name.rpartition(".")
    if stem and ending.isalnum() and len(ending) <= _LONGEST_ENDING:
        return stem, f".{ending}"
    return name, ""


def _shortened(text: str, size: int) -> str:
    encoded = text.encode()
    if len(encoded) <= size:
        return text
    # A character that is cut in the middle goes whole.
    return encoded[:size].decode(errors="ignore").rstrip(_EDGES)
