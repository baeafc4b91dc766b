"""The chapters of a video, in the two forms that programs write: a QuickTime text track, and a list of Nero's.

Many files have both. The track counts, since it may have longer titles and more of them, unless nothing can be read of
it.
"""

from collections.abc import Mapping

from tracklift_adapters.mp4.chapters.chapter_track import read_chapter_track
from tracklift_adapters.mp4.chapters.nero_chapters import read_nero_chapters
from tracklift_adapters.mp4.structure.boxes import Box
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.chapters import Chapter, name_chapters


def read_chapters(
    source: ByteSource, movie: Box, boxes: Mapping[bytes, Box], movie_timescale: int
) -> tuple[Chapter, ...]:
    """Read the chapters by the starts that a player shows, in order. Nothing in them is an error."""
    found = read_chapter_track(source, movie, movie_timescale)
    if not found and b"udta" in boxes:
        found = read_nero_chapters(source, boxes[b"udta"])
    return name_chapters(found)
