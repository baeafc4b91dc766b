"""Chapters of a file as independent programs read them: ffmpeg, and mutagen for those of an MP3."""

import re
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mutagen import id3

from tests.media import ffmpeg

_Id3: Any = id3.ID3  # published with type information of which a part is missing
_specs: Any = import_module("mutagen.id3._specs")
_decode_terminated = _specs.decode_terminated
Found = tuple[float, float, str]
"""Start and end in seconds, and the title."""


def by_ffmpeg(path: Path) -> list[Found]:
    """Give the chapters of any file, by its own times: an MP3's first sound comes behind the encoder's delay."""
    text = ffmpeg.run("-copyts", "-i", str(path), "-f", "ffmetadata", "-codec", "copy", "-").stdout.decode()
    return [_section(section) for section in text.split("[CHAPTER]\n")[1:]]


def by_mutagen(content: bytes) -> list[Found]:
    """Give the chapters of an MP3 in the order of its tables of contents, which must name each of them once."""
    with patch.object(_specs, "decode_terminated", _decoded):
        tag = _Id3(BytesIO(content), translate=False)
    chapters = {chapter.element_id: chapter for chapter in tag.getall("CHAP")}
    tables = {table.element_id: table for table in tag.getall("CTOC")}
    tops = [table for table in tables.values() if table.flags & id3.CTOCFlags.TOP_LEVEL]
    if not chapters and not tables:
        return []
    (top,) = tops
    named = _listed(top, tables)
    assert sorted(named) == sorted(chapters)
    return [_chapter(chapters[name]) for name in named]


def _decoded(data: bytes, encoding: str, strict: bool = True) -> tuple[str, bytes]:  # noqa: FBT001, FBT002 - mutagen's
    """Decode up to a NUL as mutagen does, which looks for it by decoding each byte of UTF-16."""
    if encoding != "utf16":
        found: tuple[str, bytes] = _decode_terminated(data, encoding, strict)
        return found
    end = 0
    with suppress(ValueError):
        while (end := data.index(b"\0\0", end)) % 2:
            end += 1
        return data[:end].decode(encoding), data[end + 2 :]
    if strict:
        raise ValueError("not null terminated")
    return data.decode(encoding), b""


def _listed(table: Any, tables: dict[str, Any]) -> list[str]:
    assert table.flags & id3.CTOCFlags.ORDERED
    assert 0 < len(table.child_element_ids) < 256
    names: list[str] = []
    for name in table.child_element_ids:
        names += _listed(tables[name], tables) if name in tables else [name]
    return names


def _chapter(chapter: Any) -> Found:
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
