"""The MP4 inspector finds chapters in both forms in which programs write them, and is not harmed by any others."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from tests.media import boxes
from tests.media.chapter_boxes import (
    MEDIA,
    ChapterTrack,
    Title,
    chaptered,
    nero_chapters,
    references,
    title_sample,
)
from tests.media.readers import BytesVideo
from tracklift_adapters.mp4.chapters.chapters import read_chapters
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_adapters.mp4.structure.boxes import first_children
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.layout import find_movie
from tracklift_domain.extraction.chapters import LONGEST_CHAPTER_TITLE, MOST_CHAPTERS

TITLES: list[Title] = [
    (1500, title_sample("Öffnung")),
    (2000, title_sample("第二章 🎵", "utf-16-be")),
    (500, title_sample("Ende", "utf-16-le")),
]
FOUND = [(0.0, "Öffnung"), (1.5, "第二章 🎵"), (3.5, "Ende")]
NERO = [(0.0, "Nero One"), (2.25, "Nero Zwölf 🎵")]


class CountingVideo(BytesVideo):
    """A video that counts the bytes read."""

    bytes_read = 0

    @override
    def read(self, size: int = -1, /) -> bytes:
        self.bytes_read += size
        return super().read(size)


async def chapters(content: bytes) -> list[tuple[float, str]]:
    found = await Mp4Inspector().inspect(BytesVideo(content))
    assert [each.duration for each in found.audio_tracks] == [100 * 1024 / 44100]
    return [(each.start, each.title) for each in found.chapters]


def numbered(count: int, duration: int = 1000) -> list[Title]:
    return [(duration, title_sample(f"{number}")) for number in range(count)]


class TestTextTracks:
    async def test_are_read_with_titles_in_every_encoding(self) -> None:
        assert await chapters(chaptered(ChapterTrack(titles=TITLES))) == FOUND

    async def test_of_old_programs_are_in_the_letters_of_the_macintosh(self) -> None:
        sample = b"\0\5" + "Größe".encode("mac_roman")

        assert await chapters(chaptered(ChapterTrack(titles=[(1000, sample)]))) == [(0.0, "Größe")]

    @pytest.mark.parametrize("handler", [b"text", b"sbtl"])
    async def test_are_known_by_their_handler(self, handler: bytes) -> None:
        assert await chapters(chaptered(ChapterTrack(titles=TITLES, handler=handler))) == FOUND

    @pytest.mark.parametrize("refers", [b"", references(2, kind=b"hint"), references(3), references()])
    async def test_are_chapters_only_if_a_track_says_so(self, refers: bytes) -> None:
        assert await chapters(chaptered(ChapterTrack(titles=TITLES), refers=refers)) == []

    async def test_are_found_beside_pictures_of_the_chapters(self) -> None:
        pictures = ChapterTrack(titles=TITLES[:1], id=5, handler=b"vide")
        content = chaptered(pictures, ChapterTrack(titles=TITLES, id=7))

        assert await chapters(content) == FOUND

    async def test_that_are_empty_leave_it_to_the_next(self) -> None:
        first, second = ChapterTrack(titles=[], id=5), ChapterTrack(titles=TITLES, id=7)

        assert await chapters(chaptered(first, second)) == FOUND

    @pytest.mark.parametrize(
        ("edits", "shift"),
        [
            (boxes.edit_list((4000, 0)), 0.0),
            (boxes.edit_list((750, -1), (4000, 0)), 0.75),
            (boxes.edit_list((250, -1), (500, -1), (4000, 250), version=1), 0.5),
            (boxes.edit_list((750, -1)), 0.0),
            (boxes.edit_list(), 0.0),
            (boxes.box(b"edts"), 0.0),
        ],
    )
    async def test_begin_behind_the_pause_of_their_edit_list(self, edits: bytes, shift: float) -> None:
        found = await chapters(chaptered(ChapterTrack(titles=TITLES, edits=edits)))

        assert found == [(start + shift, title) for start, title in FOUND]

    async def test_are_not_moved_by_the_edit_list_of_the_sound(self) -> None:
        """Which leaves out what the encoder put in front: chapters are told by what a player plays."""
        content = chaptered(ChapterTrack(titles=TITLES), edits=boxes.edit_list((0, 1024)))

        found = await Mp4Inspector().inspect(BytesVideo(content))

        assert [(each.start, each.title) for each in found.chapters] == FOUND

    async def test_may_have_several_titles_in_a_chunk(self) -> None:
        start = boxes.media_start() + MEDIA
        third = start + sum(len(sample) for _, sample in TITLES[:2])
        table = ChapterTrack(
            titles=TITLES,
            chunks=struct.pack(">IIIIIII", 2, 1, 2, 1, 2, 1, 1),
            offsets=boxes.full_box(b"co64", struct.pack(">IQQ", 2, start, third)),
        )

        assert await chapters(chaptered(table)) == FOUND

    async def test_may_have_titles_of_one_size_and_runs_of_one_duration(self) -> None:
        table = ChapterTrack(
            titles=numbered(10),
            sizes=struct.pack(">II", len(title_sample("0")), 10),
            durations=struct.pack(">III", 1, 10, 250),
        )

        assert await chapters(chaptered(table)) == [(number / 4, f"{number}") for number in range(10)]

    async def test_get_numbers_where_titles_are_empty(self) -> None:
        titles = [(1000, title_sample("")), (1000, title_sample("\0\n")), (1000, title_sample("End"))]

        assert [title for _, title in await chapters(chaptered(ChapterTrack(titles=titles)))] == [
            "Chapter 1",
            "Chapter 2",
            "End",
        ]

    async def test_are_ordered_where_durations_are_negative(self) -> None:
        titles = [(5000, title_sample("Last")), (-3000, title_sample("b")), (0, title_sample("a"))]

        found = await chapters(chaptered(ChapterTrack(titles=[*titles, (1, title_sample("a too"))])))

        assert found == [(0.0, "Last"), (2.0, "a"), (2.0, "a too"), (5.0, "b")]

    @pytest.mark.parametrize("sample", [b"", b"\0", b"\0\5four", b"\xff\xff"])
    async def test_lose_only_the_titles_that_do_not_fit_into_their_samples(self, sample: bytes) -> None:
        titles = [TITLES[0], (2000, sample), TITLES[2]]

        assert await chapters(chaptered(ChapterTrack(titles=titles))) == [FOUND[0], FOUND[2]]

    async def test_lose_only_the_titles_that_lie_behind_the_end_of_the_file(self) -> None:
        start = boxes.media_start() + MEDIA
        offsets = boxes.full_box(b"stco", struct.pack(">IIII", 3, start, 0xFFFFFFFF, 0xFFFFFFF0))

        assert await chapters(chaptered(ChapterTrack(titles=TITLES, offsets=offsets))) == FOUND[:1]

    @pytest.mark.parametrize(
        "fields",
        [
            {"durations": b"\0"},
            {"durations": struct.pack(">I", 9)},
            {"sizes": b"\0"},
            {"sizes": struct.pack(">II", 0, 0)},
            {"chunks": b"\0"},
            {"chunks": struct.pack(">I", 0)},
            {"chunks": struct.pack(">IIII", 1, 0, 1, 1)},
            {"chunks": struct.pack(">IIII", 1, 1, 0, 1)},
            {"offsets": boxes.full_box(b"stco")},
            {"offsets": boxes.full_box(b"stco", struct.pack(">I", 9))},
            {"offsets": boxes.box(b"free")},
            {"edits": boxes.box(b"edts", boxes.box(b"elst", b"\0"))},
            {"handler": b"soun"[:3] + b"x"},
        ],
    )
    async def test_that_are_broken_leave_it_to_the_list(self, fields: dict[str, Any]) -> None:
        track = ChapterTrack(titles=TITLES, **fields)

        assert await chapters(chaptered(track, user_data=[nero_chapters(NERO)])) in (NERO, FOUND[:1])


class TestLists:
    @pytest.mark.parametrize("version", [0, 1])
    async def test_are_read(self, version: int) -> None:
        assert await chapters(chaptered(user_data=[nero_chapters(NERO, version=version)])) == NERO

    async def test_may_have_more_than_fit_into_eight_bits(self) -> None:
        many = [(float(number), f"Nr. {number}") for number in range(300)]

        assert await chapters(chaptered(user_data=[nero_chapters(many)])) == many

    async def test_count_less_than_text_tracks(self) -> None:
        content = chaptered(ChapterTrack(titles=TITLES), user_data=[nero_chapters(NERO)])

        assert await chapters(content) == FOUND

    async def test_count_where_the_text_track_is_empty(self) -> None:
        content = chaptered(ChapterTrack(titles=[]), user_data=[nero_chapters(NERO)])

        assert await chapters(content) == NERO

    async def test_are_ordered_and_cleaned(self) -> None:
        listed = nero_chapters([(9.0, "\tb\n"), (-1.0, ""), (1e9, "far"), (9.0, "a")])

        assert await chapters(chaptered(user_data=[listed])) == [
            (-1.0, "Chapter 1"),
            (9.0, "b"),
            (9.0, "a"),
            (1e9, "far"),
        ]

    async def test_may_have_titles_that_end_in_the_middle_of_a_character(self) -> None:
        listed = nero_chapters([(0.0, ("é" * 200).encode()[:255]), (1.0, b"\xff\xfe")])

        assert await chapters(chaptered(user_data=[listed])) == [(0.0, "é" * 127), (1.0, "Chapter 2")]

    @pytest.mark.parametrize(
        ("payload", "found"),
        [
            (b"", []),
            (b"\1\0\0\0\0", []),
            (b"\2\0\0\0\0\0\0\0\1" + bytes(9), []),
            (b"\1\0\0\0\0\0\0\0\1" + bytes(8), []),
            (b"\1\0\0\0\0\0\0\0\1" + bytes(8) + b"\5four", []),
            (b"\1\0\0\0\0\xff\xff\xff\xff" + bytes(8) + b"\3One" + bytes(3), [(0.0, "One")]),
            (b"\0\0\0\0\5" + bytes(8) + b"\3One", [(0.0, "One")]),
        ],
    )
    async def test_end_where_they_are_broken(self, payload: bytes, found: list[tuple[float, str]]) -> None:
        assert await chapters(chaptered(user_data=[boxes.box(b"chpl", payload)])) == found


class TestBounds:
    async def test_a_video_without_chapters_has_none(self) -> None:
        assert await chapters(chaptered()) == []

    async def test_the_first_thousand_chapters_are_taken(self) -> None:
        track = ChapterTrack(titles=numbered(MOST_CHAPTERS + 100))
        listed = nero_chapters([(float(number), f"{number}") for number in range(MOST_CHAPTERS + 100)])
        expected = [(float(number), f"{number}") for number in range(MOST_CHAPTERS)]

        assert await chapters(chaptered(track)) == expected
        assert await chapters(chaptered(user_data=[listed])) == expected

    async def test_of_ten_megabytes_of_titles_a_part_is_read(self) -> None:
        titles = [(1, title_sample("🎵" * 16_000)) for _ in range(160)]
        video = CountingVideo(chaptered(ChapterTrack(titles=titles)))

        found = (await Mp4Inspector().inspect(video)).chapters

        assert [each.title for each in found] == ["🎵" * LONGEST_CHAPTER_TITLE] * 160
        assert video.size > 10**7
        assert video.bytes_read < 10**6

    async def test_of_a_list_of_ten_megabytes_a_part_is_read(self) -> None:
        listed = nero_chapters([(float(number), "x" * 255) for number in range(40_000)])
        video = CountingVideo(chaptered(user_data=[listed]))

        assert len((await Mp4Inspector().inspect(video)).chapters) == MOST_CHAPTERS
        assert video.bytes_read < 500_000

    @pytest.mark.parametrize("count", [10**6, 2**32 - 1])
    async def test_tables_are_read_no_further_than_needed(self, count: int) -> None:
        size, start = len(title_sample("0")), boxes.media_start() + MEDIA
        track = ChapterTrack(
            titles=numbered(1),
            durations=struct.pack(">III", 1, count, 1),
            sizes=struct.pack(">II", size, count),
            chunks=struct.pack(">IIII", 1, 1, count, 1),
            offsets=boxes.full_box(b"stco", struct.pack(">II", 1, start)),
        )

        found = await chapters(chaptered(track))

        assert found[0] == (0.0, "0")
        assert len(found) <= MOST_CHAPTERS

    @given(st.data())
    def test_whatever_the_boxes_hold_is_no_error(self, data: st.DataObject) -> None:
        whole = chaptered(ChapterTrack(titles=TITLES), user_data=[nero_chapters(NERO)])
        clean = ByteSource(BytesVideo(whole))
        movie = find_movie(clean)
        content = bytearray(whole)
        for position in data.draw(st.lists(st.integers(movie.start, len(content) - 1), max_size=8)):
            content[position] = data.draw(st.integers(0, 255))
        source = ByteSource(BytesVideo(bytes(content)))

        found = read_chapters(source, movie, first_children(clean, movie), 1000)

        assert len(found) <= MOST_CHAPTERS
        assert [each.start for each in found] == sorted(each.start for each in found)
