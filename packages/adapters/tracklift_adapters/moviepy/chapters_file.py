"""Chapters in ffmpeg's metadata file format (FFmpeg Formats, Metadata)."""

import re
from pathlib import Path

from tracklift_domain.extraction.chapters import chapters_within, in_milliseconds
from tracklift_domain.extraction.plan import ExtractionPlan

_MAX_TIME = 0xFFFFFFFF / 1000
"""Seconds: the latest time that a chapter of an MP3 can have."""
_SPECIAL = re.compile(r"[=;#\\\n]")


def write_chapters_file(plan: ExtractionPlan, path: Path) -> Path | None:
    """Write the chapters of the MP3 up to the duration that the video declares; return `None` if there are none.

    Raises:
        OSError: the file can't be written.
    """
    duration = plan.expected_duration
    chapters = chapters_within(plan.chapters, _MAX_TIME if duration is None else duration)
    if not chapters:
        return None
    starts = [in_milliseconds(chapter.start) for chapter in chapters]
    end = max(starts[-1] + 1, 0 if duration is None else in_milliseconds(duration))
    lines = [";FFMETADATA1"]
    for chapter, start, stop in zip(chapters, starts, [*starts[1:], end], strict=True):
        title = _SPECIAL.sub(r"\\\g<0>", chapter.title)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={stop}", f"title={title}"]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path
