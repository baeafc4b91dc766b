"""The chapters of a video, and those of the MP3 made from it."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_CHAPTERS = 1000
"""Chapters that are taken over: a few dozen are usual, an audio book has some hundred."""
LONGEST_CHAPTER_TITLE = 250
"""Characters."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter lasts until the next one begins."""

    start: float
    """Seconds."""
    title: str


def clip_chapters(chapters: Iterable[Chapter], *, start: float, end: float | None) -> tuple[Chapter, ...]:
    """Give the chapters of the part from `start` to `end` (seconds), as seconds of that part, in order.

    The chapter in which the part begins begins with it. Of several with one start, the last counts.
    """
    by_start: dict[float, Chapter] = {}
    for chapter in sorted(chapters, key=lambda chapter: chapter.start):
        if end is not None and chapter.start >= end:
            break
        shifted = max(0.0, chapter.start - start)
        by_start[shifted] = Chapter(shifted, chapter.title)
    return tuple(by_start.values())[:MOST_CHAPTERS]
