"""The MP4 inspector tells where in the file the sound lies."""

import struct
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.media.boxes import TrackRecipe, full_box, media_start, sample_entry, track, video_file
from tests.media.readers import BytesVideo
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_adapters.mp4.samples.sample_table import GAP
from tracklift_adapters.mp4.tracks import sample_ranges

START = media_start()


def sizes(*each: int) -> bytes:
    return full_box(b"stsz", struct.pack(f">II{len(each)}I", 0, len(each), *each))


def offsets(*each: int) -> bytes:
    return full_box(b"stco", struct.pack(f">I{len(each)}I", len(each), *(START + offset for offset in each)))


def runs(*each: tuple[int, int]) -> bytes:
    numbers = [number for first, samples in each for number in (first, samples, 1)]
    return full_box(b"stsc", struct.pack(f">I{len(numbers)}I", len(each), *numbers))


def recipe(**changes: object) -> TrackRecipe:
    return replace(TrackRecipe(chunk_offset=START), **changes)  # type: ignore[arg-type]


async def ranges(*recipes: TrackRecipe, media: int = 500_000) -> list[list[tuple[int, int]] | None]:
    """Give the ranges of each track, counted from the beginning of the media."""
    content = video_file(*(track(each) for each in recipes), media=media)
    found = (await Mp4Inspector().inspect(BytesVideo(content))).audio_tracks
    return [
        None
        if each.byte_ranges is None
        else [(start - START, end - START) for start, end in each.byte_ranges.from_position(0)]
        for each in found
    ]


async def test_samples_lie_in_chunks_with_what_lies_in_small_gaps_between_them() -> None:
    found = await ranges(
        recipe(
            samples=6,
            stsz=sizes(10, 20, 30, 40, 50, 60),
            stsc=runs((1, 2), (3, 1)),
            stco=offsets(100, 200, 70 + 200 + GAP, 300_000),
        )
    )

    assert found == [[(100, 70 + 200 + GAP + 50), (300_000, 300_060)]]


async def test_a_gap_that_is_too_large_is_left_out() -> None:
    table = {"samples": 2, "stsz": sizes(10, 20), "stsc": runs((1, 1))}

    assert await ranges(recipe(**table, stco=offsets(0, 10 + GAP))) == [[(0, 10 + GAP + 20)]]
    assert await ranges(recipe(**table, stco=offsets(0, 11 + GAP))) == [[(0, 10), (11 + GAP, 31 + GAP)]]


async def test_positions_may_have_64_bits_and_samples_one_size() -> None:
    co64 = full_box(b"co64", struct.pack(">IQ", 1, START + 7))

    assert await ranges(recipe(samples=5, stsz=full_box(b"stsz", struct.pack(">II", 9, 5)), stco=co64)) == [
        [(7, 52)]
    ]


async def test_samples_of_quicktimes_old_forms_are_as_large_as_their_packing_says() -> None:
    single = full_box(b"stts", struct.pack(">III", 1, 1000, 1))
    one = full_box(b"stsz", struct.pack(">II", 1, 1000))
    old = recipe(entry=sample_entry(b"twos", channels=2), samples=1000, stts=single, stsz=one)

    assert await ranges(old) == [[(0, 4000)]]
    assert await ranges(replace(old, entry=sample_entry(b"Qxyz", channels=2))) == [None]


async def test_each_track_has_its_own() -> None:
    pictures = recipe(id=2, handler=b"vide", entry=sample_entry(b"avc1"))

    assert await ranges(recipe(id=1), pictures, recipe(id=3, chunk_offset=START + 9)) == [
        [(0, 5000)],
        [(9, 5009)],
    ]


@pytest.mark.parametrize(
    "stco", [(200, 100), (0, 5), (0, 600_000)], ids=["backwards", "overlapping", "beyond the end"]
)
async def test_samples_in_any_other_order_or_place_are_not_told(stco: Sequence[int]) -> None:
    """What is played is found by the decoder all the same."""
    found = await ranges(recipe(samples=2, stsz=sizes(10, 20), stsc=runs((1, 1)), stco=offsets(*stco)))

    assert found == [None]


@pytest.mark.parametrize(
    "changes",
    [
        {"samples": 0},
        {"stsz": full_box(b"stz2", struct.pack(">3xBI", 8, 100) + bytes(range(1, 101)))},
        {"stsc": full_box(b"stsc", struct.pack(">I", 1000))},
    ],
    ids=["no samples", "compact sizes", "a table that claims more than it has"],
)
async def test_where_nothing_tells_nothing_is_told(changes: dict[str, object]) -> None:
    assert await ranges(recipe(**changes)) == [None]


async def test_tables_that_are_too_long_are_not_read_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tracks together, so that a file of many can't take long."""
    monkeypatch.setattr(sample_ranges, "MOST_ENTRIES", 150)

    assert await ranges(recipe(id=1), recipe(id=2)) == [[(0, 5000)], None]
