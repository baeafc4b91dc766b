"""Chapters of a file as independent programs read them: ffmpeg, and mutagen for those of an MP3."""

import re
from io import BytesIO
from pathlib import Path

from mutagen.id3 import CHAP, CTOC, ID3, CTOCFlags

from tests.media import ffmpeg

Found = tuple[float, float, str]
"""Start and end in seconds, and the title."""


def by_ffmpeg(path: Path) -> list[Found]:
    """Give the chapters of any file."""
    text = ffmpeg.run("-i", str(path), "-f", "ffmetadata", "-codec", "copy", "-").stdout.decode()
    return [_section(section) for section in text.split("[CHAPTER]\n")[1:]]


def by_mutagen(content: bytes) -> list[Found]:
    """Give the chapters of an MP3 in the order of its tables of contents, which must name each of them once."""
    tag = ID3(BytesIO(content), translate=False)
    chapters = {chapter.element_id: chapter for chapter in tag.getall("CHAP")}
    tables = {table.element_id: table for table in tag.getall("CTOC")}
    tops = [table for table in tables.values() if table.flags & CTOCFlags.TOP_LEVEL]
    if not chapters and not tables:
        return []
    (top,) = tops
    named = _listed(top, tables)
    assert sorted(named) == sorted(chapters)
    return [_chapter(chapters[name]) for name in named]


def _listed(table: CTOC, tables: dict[str, CTOC]) -> list[str]:
    assert table.flags & CTOCFlags.ORDERED
    assert 0 < len(table.child_element_ids) < 256
    names: list[str] = []
    for name in table.child_element_ids:
        names += _listed(tables[name], tables) if name in tables else [name]
    return names


def _chapter(chapter: CHAP) -> Found:
    assert (chapter.start_offset, chapter.end_offset) == (0xFFFFFFFF, 0xFFFFFFFF)
    titles = [str(title) for title in chapter.sub_frames.getall("TIT2")]
    assert len(titles) < 2
    return chapter.start_time / 1000, chapter.end_time / 1000, "".join(titles)


def _section(text: str) -> Found:
    values = {
        name: re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
        for name, value in re.findall(r"^(\w+)=((?:[^\\\n]|\\.|\\\n)*)$", text, re.MULTILINE)
    }
    numerator, denominator = values["TIMEBASE"].split("/")
    scale = int(numerator) / int(denominator)
    return int(values["START"]) * scale, int(values["END"]) * scale, values.get("title", "")
