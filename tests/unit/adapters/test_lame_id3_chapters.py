"""Chapters in a tag follow the standard, and end with the MP3."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.chapters import by_mutagen
from tests.media.mp3 import id3_tag, tag_length
from tracklift_adapters.lame.mp3.id3 import Picture
from tracklift_domain.extraction.chapters import Chapter, clip_chapters

ENCODER = [("encoder", "LAME")]
THREE = (Chapter(0.0, "One"), Chapter(10.5, "Zwölf"), Chapter(20.0004, "第三 🎵"))


def tag(*chapters: Chapter, duration: float = 30.0) -> bytes:
    return id3_tag(ENCODER, chapters=chapters, duration=duration)


def test_each_ends_where_the_next_one_begins_and_the_last_with_the_mp3() -> None:
    assert by_mutagen(tag(*THREE, duration=30.0005)) == [
        (0.0, 10.5, "One"),
        (10.5, 20.0, "Zwölf"),
        (20.0, 30.0, "第三 🎵"),
    ]


def test_without_chapters_there_is_no_table_of_contents() -> None:
    assert tag() == id3_tag(ENCODER)
    assert b"CTOC" not in tag()
    assert b"CTOC" not in tag(THREE[2], duration=5)


def test_are_written_byte_by_byte_as_the_standard_says() -> None:
    title = b"TIT2\0\0\0\4\0\0\0One"
    chapter = b"chp0\0" + bytes.fromhex("00000000 00000fa0 ffffffff ffffffff") + title
    contents = b"toc\0\x03\x01chp0\0"

    found = id3_tag([], chapters=THREE[:1], duration=4.0)

    frames = b"CTOC\0\0\0\x0b\0\0" + contents + b"CHAP\0\0\0\x23\0\0" + chapter
    assert found == b"ID3\3\0\0\0\0\0" + bytes([len(frames)]) + frames


@pytest.mark.parametrize("duration", [0.0, 0.5, 10.5, 10.501, 20.0, 25.0, math.inf])
def test_the_size_is_known_before_the_duration(duration: float) -> None:
    """Chapters after the end are replaced by padding."""
    found = tag(*THREE, duration=duration)

    assert len(found) == len(tag(*THREE)) == tag_length(found)
    assert [start for start, _, _ in by_mutagen(found)] == [
        start for start in (0.0, 10.5, 20.0) if start < duration
    ]


@pytest.mark.parametrize("count", [1, 255, 256, 510, 511, 1000])
def test_all_are_listed_even_if_there_are_many(count: int) -> None:
    chapters = [Chapter(float(number), f"Kapitel {number} 🎵") for number in range(count)]

    found = by_mutagen(tag(*chapters, duration=count))

    assert found == [(each.start, each.start + 1, each.title) for each in chapters]


def test_may_follow_a_cover_of_sixteen_mebibytes() -> None:
    cover = Picture("image/png", bytes(16 * 2**20))

    assert len(by_mutagen(id3_tag(ENCODER, cover, THREE, 30.0))) == 3


def test_titles_have_no_control_characters() -> None:
    assert by_mutagen(tag(Chapter(0.0, "one\0two\nthree\ud800")))[0][2] == "one two three"


def test_times_end_with_32_bits() -> None:
    """That is after seven weeks."""
    found = by_mutagen(tag(Chapter(1.0, "One"), Chapter(5e6, "Late"), duration=6e6))

    assert found == [(1.0, 0xFFFFFFFF / 1000, "One")]


@given(
    st.lists(st.builds(Chapter, st.floats(-1e3, 1e5), st.text(max_size=300)), max_size=300),
    st.floats(0.001, 1e5),
)
def test_for_any_chapters_the_tag_is_valid_and_times_rise_within_the_duration(
    chapters: list[Chapter], duration: float
) -> None:
    clipped = clip_chapters(chapters, start=0.0, end=None)

    content = tag(*clipped, duration=duration)
    found = by_mutagen(content)

    assert tag_length(content) == len(content) == len(tag(*clipped))
    assert all(0 <= start < end <= duration + 0.0005 for start, end, _ in found)
    assert all(end == start for (_, end, _), (start, _, _) in pairwise(found))
    assert not found or found[-1][1] == round(duration * 1000) / 1000
