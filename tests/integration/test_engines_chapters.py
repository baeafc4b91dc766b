"""The chapters of a video are in the MP3, where other programs read them as they were meant."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.audio_extractor import made
from tests.media import boxes, ffmpeg
from tests.media.chapter_boxes import nero_chapters
from tests.media.chapters import Found, by_ffmpeg, by_mutagen
from tests.media.mp3 import read_mp3
from tests.media.readers import BytesVideo, FileVideo
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.lame.engine import LameAudioEngine
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.chapters import LONGEST_CHAPTER_TITLE, MOST_CHAPTERS, chapters_within
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.ports import AudioExtractor

pytestmark = [pytest.mark.media, pytest.mark.each_value_once, pytest.mark.asyncio(loop_scope="module")]

MILLISECOND = 0.0011
SECONDS = 4.0
"""How long each video is."""
BOOK = [(0.0, "Öffnung 🎵"), (1.25, "a=b; #c \\ d"), (2.5004, "第三章"), (3.999, "End")]


def with_chapters(folder: Path, chapters: Sequence[tuple[float, str]], *, name: str = "index-at-end") -> Path:
    """Let ffmpeg write chapters into a sample, as a text track and as a list of Nero's."""
    lines = [";FFMETADATA1"]
    ends = [*(start for start, _ in chapters[1:]), SECONDS]
    for (start, title), end in zip(chapters, ends, strict=True):
        escaped = re.sub(r"[=;#\\\n]", r"\\\g<0>", title)
        times = [f"START={round(start * 10_000)}", f"END={round(end * 10_000)}"]
        lines += ["[CHAPTER]", "TIMEBASE=1/10000", *times, f"title={escaped}"]
    metadata, video = folder / "chapters.txt", folder / "book.mp4"
    metadata.write_text("\n".join([*lines, ""]), encoding="utf-8")
    arguments = ["-i", str(sample(name)), "-f", "ffmetadata", "-i", str(metadata), "-map", "0:a"]
    ffmpeg.run(*arguments, "-map_chapters", "1", "-c", "copy", str(video))
    return video


def with_list(chapters: Sequence[tuple[float, str]]) -> bytes:
    """Put a list of Nero's into a sample, whose index is its last box."""
    content = sample("audio-only").read_bytes()
    start = content.rindex(b"moov") - 4
    index = content[start + 8 :]
    assert int.from_bytes(content[start : start + 4]) == len(index) + 8
    renamed = index.replace(b"udta", b"free")
    return content[:start] + boxes.box(b"moov", renamed, boxes.box(b"udta", nero_chapters(chapters)))


async def convert(video: BytesVideo, folder: Path, **options: Any) -> list[Found]:
    """Make an MP3, and give its chapters as mutagen and, to a millisecond, ffmpeg read them."""
    plan = plan_extraction(await Mp4Inspector().inspect(video), AudioOptions(**options), longest=3600)
    audio = LameAudioEngine(1).extract(video, plan, folder, lambda _: None)
    content = audio.path.read_bytes()
    mp3 = read_mp3(content)
    assert mp3.announced_seconds == pytest.approx(audio.duration, abs=0.001)
    found = by_mutagen(content)
    kept = chapters_within(plan.chapters, audio.duration)
    assert starts(found) == [(each.start, each.title) for each in kept]
    check_whole(found, audio.duration)
    assert starts(found) == [(start, title) for start, _, title in by_ffmpeg(audio.path)]
    assert [end for _, end, _ in found] == pytest.approx([end for _, end, _ in by_ffmpeg(audio.path)])
    assert ffmpeg.decode(audio.path).warnings == ""
    return found


def check_whole(found: Sequence[Found], duration: float) -> None:
    """Hold chapters to one behind the other and the last one to the end."""
    assert all(end == start for (_, end, _), (start, _, _) in pairwise(found))
    assert all(start < end for start, end, _ in found)
    assert not found or found[-1][1] == pytest.approx(duration, abs=MILLISECOND)


def starts(found: Sequence[Found]) -> list[tuple[Any, str]]:
    return [(pytest.approx(start, abs=MILLISECOND), title) for start, _, title in found]


@pytest.mark.parametrize("name", ["index-at-end", "mp3-audio"])
async def test_are_those_that_plain_ffmpeg_writes(name: str, tmp_path: Path) -> None:
    """To the millisecond, whether sound is encoded or copied."""
    video, plain = with_chapters(tmp_path, BOOK, name=name), tmp_path / "plain.mp3"
    ffmpeg.run("-i", str(video), str(plain))

    found = await convert(FileVideo(video), tmp_path)

    assert starts(found) == [(start, title) for start, _, title in by_ffmpeg(plain)]
    assert starts(found) == BOOK


# Unit tests show which chapters are within a part, and in which order they are.
@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"start": 1.5}, [(0.0, BOOK[1][1]), (1.0004, "第三章"), (2.499, "End")]),
        ({"end": 2.5}, [BOOK[0], BOOK[1]]),
        ({"start": 1.25, "end": 3}, [(0.0, BOOK[1][1]), (1.2504, "第三章")]),
        ({"start": 0.5, "end": 0.75}, [BOOK[0]]),
        (
            {"start": 1, "end": 100},
            [(0.0, BOOK[0][1]), (0.25, BOOK[1][1]), (1.5004, "第三章"), (2.999, "End")],
        ),
    ],
)
async def test_are_those_of_the_part_that_is_asked_for(
    options: dict[str, float], expected: list[tuple[float, str]], tmp_path: Path
) -> None:
    found = await convert(FileVideo(with_chapters(tmp_path, BOOK)), tmp_path, **options)

    assert starts(found) == expected


async def test_are_none_where_the_video_has_none(tmp_path: Path) -> None:
    assert await convert(FileVideo(sample("index-at-end")), tmp_path) == []


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([(3.0, "c"), (0.0, "a"), (1.5, "b")], [(0.0, "a"), (1.5, "b"), (3.0, "c")]),
        ([(1.0, "a"), (1.0, "b"), (1.0003, "c")], [(1.0, "c")]),
        ([(-2.0, "early"), (2.0, "b")], [(0.0, "early"), (2.0, "b")]),
        ([(0.0, "a"), (4.1, "at the end"), (1e6, "behind")], [(0.0, "a")]),
        ([(400.0, "behind")], []),
        ([(0.0, ""), (1.0, "two\nlines")], [(0.0, "Chapter 1"), (1.0, "two lines")]),
    ],
    ids=["unordered", "equal", "negative", "behind-the-end", "only-behind", "unreadable"],
)
async def test_are_put_in_order(
    listed: list[tuple[float, str]], expected: list[tuple[float, str]], tmp_path: Path
) -> None:
    """Chapters that would begin behind the end are left out, which is known only after encoding."""
    assert starts(await convert(BytesVideo(with_list(listed)), tmp_path)) == expected


async def test_may_be_a_thousand(extractors: Mapping[str, AudioExtractor], tmp_path: Path) -> None:
    """And no more, with the longest titles, in every process that takes part."""
    book = [
        (number / 500, f"{number} ".ljust(LONGEST_CHAPTER_TITLE, "🎵"))
        for number in range(MOST_CHAPTERS + 100)
    ]
    video = FileVideo(with_chapters(tmp_path, book))
    plan = plan_extraction(await Mp4Inspector().inspect(video), AudioOptions(), longest=3600)

    audio, content = await made(extractors["lame"], video, plan)

    found = by_mutagen(content)
    assert starts(found) == book[:MOST_CHAPTERS]
    (tmp_path / "audio.mp3").write_bytes(content)
    assert starts(by_ffmpeg(tmp_path / "audio.mp3")) == book[:MOST_CHAPTERS]
    check_whole(found, audio.duration)


async def test_may_have_ten_megabytes_of_titles(tmp_path: Path) -> None:
    """Of which a line each is taken."""
    book = [(number / 50, f"{number} " + "🎵" * 15_000) for number in range(180)]

    video = FileVideo(with_chapters(tmp_path, book))

    found = await convert(video, tmp_path)

    assert video.size > 10**7
    assert starts(found) == [(start, title[:LONGEST_CHAPTER_TITLE]) for start, title in book]


@pytest.mark.parametrize("options", [{"start": 1.5, "end": 3}, *thorough([{}, {"normalize": True}])])
async def test_are_written_by_the_slower_engine_too(
    options: dict[str, Any], extractors: Mapping[str, AudioExtractor], tmp_path: Path
) -> None:
    """As the fast one writes them."""
    video = FileVideo(with_chapters(tmp_path, BOOK))
    plan = plan_extraction(await Mp4Inspector().inspect(video), AudioOptions(**options), longest=3600)

    _, fast = await made(extractors["lame"], video, plan)
    _, slow = await made(extractors["moviepy"], video, plan)

    (tmp_path / "slow.mp3").write_bytes(slow)
    found = by_ffmpeg(tmp_path / "slow.mp3")
    assert starts(found) == starts(by_mutagen(fast))
    check_whole(found, plan.expected_duration or 0)
