"""The chapters of an MP3 are those of the part of the video that it is made from."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.chapters import (
    LONGEST_CHAPTER_TITLE,
    MOST_CHAPTERS,
    Chapter,
    chapters_within,
    clip_chapters,
    in_milliseconds,
    name_chapters,
)
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.video_traits import VideoTraits

THREE = (Chapter(0.0, "One"), Chapter(10.0, "Two"), Chapter(20.0, "Three"))
TRACK = AudioTrack(codec="mp4a", sample_rate=44_100, channels=2, duration=60.0)


class TestNaming:
    def test_puts_chapters_in_order(self) -> None:
        assert name_chapters([(20.0, "Three"), (0.0, "One"), (10.0, "Two")]) == THREE

    def test_keeps_the_order_of_equal_starts(self) -> None:
        assert [each.title for each in name_chapters([(1.0, "b"), (1.0, "a"), (0.0, "c")])] == ["c", "b", "a"]

    @pytest.mark.parametrize("title", ["", "  ", "\0", "\r\n", "\u2028"])
    def test_numbers_those_without_a_title(self, title: str) -> None:
        found = name_chapters([(9.0, title), (0.0, "One"), (20.0, title)])

        assert [each.title for each in found] == ["One", "Chapter 2", "Chapter 3"]

    def test_makes_one_line_of_a_title(self) -> None:
        assert name_chapters([(0.0, "\tone\r\ntwo\u2028three\x1b four \0")])[0].title == "one two three  four"

    def test_keeps_letters_of_all_kinds(self) -> None:
        assert name_chapters([(0.0, "第一章 👩‍🚀 é")])[0].title == "第一章 👩‍🚀 é"

    def test_cuts_long_titles(self) -> None:
        assert name_chapters([(0.0, "x" * 10**7)])[0].title == "x" * LONGEST_CHAPTER_TITLE

    def test_takes_no_more_than_there_may_be(self) -> None:
        taken: list[int] = []

        def endless() -> Iterator[tuple[float, str]]:
            while True:
                taken.append(0)
                yield (0.0, "")

        assert len(name_chapters(endless())) == MOST_CHAPTERS
        assert len(taken) == MOST_CHAPTERS


class TestClipping:
    def test_leaves_a_whole_video_its_chapters(self) -> None:
        assert clip_chapters(THREE, start=0, end=None) == THREE

    def test_gives_none_where_there_are_none(self) -> None:
        assert clip_chapters((), start=3, end=5) == ()

    def test_begins_with_the_chapter_in_which_the_part_begins(self) -> None:
        assert clip_chapters(THREE, start=12, end=None) == (Chapter(0.0, "Two"), Chapter(8.0, "Three"))

    def test_has_no_chapter_from_the_end_on(self) -> None:
        assert clip_chapters(THREE, start=0, end=20) == THREE[:2]
        assert clip_chapters(THREE, start=0, end=20.001) == THREE

    def test_has_a_part_within_one_chapter(self) -> None:
        assert clip_chapters(THREE, start=12, end=13) == (Chapter(0.0, "Two"),)

    def test_has_nothing_at_the_start_where_the_first_chapter_begins_later(self) -> None:
        assert clip_chapters(THREE[1:], start=4, end=None) == (Chapter(6.0, "Two"), Chapter(16.0, "Three"))

    def test_orders_chapters(self) -> None:
        assert clip_chapters(reversed(THREE), start=0, end=None) == THREE

    def test_takes_the_last_of_several_that_start_in_the_same_millisecond(self) -> None:
        found = [Chapter(1.0, "a"), Chapter(1.0, "b"), Chapter(1.0004, "c"), Chapter(1.001, "d")]

        assert clip_chapters(found, start=0, end=None) == (Chapter(1.0004, "c"), Chapter(1.001, "d"))

    def test_begins_with_a_chapter_that_starts_before_the_video(self) -> None:
        assert clip_chapters([Chapter(-5.0, "Early")], start=0, end=None) == (Chapter(0.0, "Early"),)

    def test_takes_no_more_than_there_may_be(self) -> None:
        many = [Chapter(float(second), "") for second in range(MOST_CHAPTERS + 5)]

        assert clip_chapters(many, start=0, end=None) == tuple(many[:MOST_CHAPTERS])

    @given(
        st.lists(st.builds(Chapter, st.floats(-1e7, 1e7), st.text(max_size=3)), max_size=20),
        st.floats(0, 1e6),
        st.none() | st.floats(0, 1e6),
    )
    def test_gives_ascending_starts_within_the_part(
        self, chapters: list[Chapter], start: float, end: float | None
    ) -> None:
        found = clip_chapters(chapters, start=start, end=end)

        starts = [in_milliseconds(each.start) for each in found]
        assert all(one < other for one, other in pairwise(starts))
        assert all(start >= 0 for start in starts)
        assert end is None or all(each.start <= max(0, end - start) for each in found)


class TestEnding:
    def test_leaves_out_chapters_that_begin_behind_the_end(self) -> None:
        assert chapters_within(THREE, 10.001) == THREE[:2]
        assert chapters_within(THREE, 10.0) == THREE[:1]
        assert chapters_within(THREE, 0.0) == ()

    def test_tells_by_milliseconds(self) -> None:
        assert chapters_within([Chapter(9.9996, "Late")], 10.0) == ()


class TestPlans:
    def test_take_the_part_that_the_options_name(self) -> None:
        traits = VideoTraits(audio_tracks=(TRACK,), chapters=THREE)

        made = plan_extraction(traits, AudioOptions(start=5, end=15), longest=60)

        assert made.chapters == (Chapter(0.0, "One"), Chapter(5.0, "Two"))

    def test_begin_with_the_sound_where_its_delay_is_left_out(self) -> None:
        traits = VideoTraits(audio_tracks=(replace(TRACK, delay=1.5),), chapters=THREE)

        assert plan_extraction(traits, AudioOptions(end=9), longest=60).chapters == (
            Chapter(0.0, "One"),
            Chapter(8.5, "Two"),
        )
        assert plan_extraction(traits, AudioOptions(keep_delay=True), longest=60).chapters == THREE
