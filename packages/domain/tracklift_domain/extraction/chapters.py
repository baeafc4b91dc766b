"""The chapters of a video, and those of the MP3 made from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from tracklift_domain.extraction.tags import one_line

MOST_CHAPTERS = 1000
"""The most chapters that are copied. A few dozen are usual; an audio book has some hundreds."""
LONGEST_CHAPTER_TITLE = 250
"""Characters."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter, which lasts until the next one begins."""

    start: float
    """Seconds."""
    title: str


def name_chapters(found: Iterable[tuple[float, str]]) -> tuple[Chapter, ...]:
    """Return chapters in the order of their starts (seconds), with one-line titles.

    A blank title is replaced with the chapter's number. Only the first `MOST_CHAPTERS` of the given chapters are used.
    """
    taken = islice(found, MOST_CHAPTERS)
    return tuple(
        Chapter(start, one_line(title, LONGEST_CHAPTER_TITLE) or f"Chapter {number}")
        for number, (start, title) in enumerate(sorted(taken, key=lambda each: each[0]), start=1)
    )


def clip_chapters(chapters: Iterable[Chapter], *, start: float, end: float | None) -> tuple[Chapter, ...]:
    """Return the chapters of the part from `start` to `end` (seconds) in order, with times relative to that part.

    The chapter in which the part begins starts at 0. If several start in the same millisecond, the last one wins.
    """
    by_start: dict[int, Chapter] = {}
    for chapter in sorted(chapters, key=lambda chapter: chapter.start):
        if end is not None and chapter.start >= end:
            break
        shifted = max(0.0, chapter.start - start)
        by_start[in_milliseconds(shifted)] = Chapter(shifted, chapter.title)
    return tuple(by_start.values())[:MOST_CHAPTERS]


def chapters_within(chapters: Iterable[Chapter], duration: float) -> tuple[Chapter, ...]:
    """Return the chapters that begin before the end of an MP3 of this duration (seconds)."""
    return tuple(each for each in chapters if in_milliseconds(each.start) < in_milliseconds(duration))


def in_milliseconds(seconds: float) -> int:
    """Return a time in the unit of an MP3's chapters (ID3v2 Chapter Frame Addendum 1.0, 3.1)."""
    return round(seconds * 1000)
