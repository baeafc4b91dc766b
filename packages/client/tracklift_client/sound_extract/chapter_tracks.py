"""Which text tracks hold the chapters (QuickTime File Format, Chapter Lists)."""

import struct
from collections.abc import Mapping

from tracklift_client.sound_extract.box_writing import write
from tracklift_client.sound_extract.track import Track

MOST_CHAPTER_TRACKS = 4
"""A file has one, or one for each of a few languages; the server reads no more."""
_TEXT_HANDLERS = frozenset({b"text", b"sbtl", b"subt"})


def chapter_tracks(tracks: Mapping[int, Track]) -> list[int]:
    """Give the ids of the text tracks that any track names as those of its chapters, in the order of the names."""
    named = dict.fromkeys(name for track in tracks.values() for name in track.chapters)
    texts = [name for name in named if name in tracks and tracks[name].handler in _TEXT_HANDLERS]
    return texts[:MOST_CHAPTER_TRACKS]


def write_references(chapters: list[int]) -> bytes:
    """Write the box `tref` that names these tracks; nothing for none."""
    if not chapters:
        return b""
    return write(b"tref", write(b"chap", struct.pack(f">{len(chapters)}I", *chapters)))
