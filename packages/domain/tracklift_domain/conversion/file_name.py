"""The names that people give to their videos."""

import unicodedata

FALLBACK_NAME = "video.mp4"
LONGEST_NAME = 200
"""Characters. Under the 255 bytes of common file systems for most scripts, with room for a new ending."""


def clean_file_name(raw: str | None) -> str:
    """Make a name for display and download out of whatever a client sent.

    Keeps the last part of a path (both separators), drops control and other invisible characters, folds white
    space, and shortens the stem of a name above `LONGEST_NAME` characters so that its ending stays. Letters of
    every script and emoji stay. A name without anything left becomes `FALLBACK_NAME`.
    """
    last_part = (raw or "").replace("\\", "/").rpartition("/")[2]
    visible = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", last_part))
    folded = " ".join(visible.split())
    if not folded.strip(". "):
        return FALLBACK_NAME
    stem, dot, ending = folded.rpartition(".")
    if not stem or len(ending) > 10:
        stem, dot, ending = folded, "", ""
    room = LONGEST_NAME - len(dot) - len(ending)
    return stem[:room].rstrip() + dot + ending


def audio_file_name(video_name: str) -> str:
    """Give the name of the MP3 that is made from a video of this (clean) name."""
    stem = video_name.rpartition(".")[0] or video_name
    return f"{stem}.mp3"
