"""What follows from the order in which chunks of a file are used."""

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest

from tracklift_adapters.mongodb.media_access import AccessPattern

SIZE = 1000
COUNT = 2000


def used(*numbers: int, pattern: AccessPattern | None = None) -> AccessPattern:
    """Give a pattern that has seen those chunks used, each from its middle on."""
    pattern = pattern or AccessPattern(SIZE, COUNT)
    for number in numbers:
        pattern.use(number, number * SIZE + SIZE // 2)
    return pattern


def expectations(positions: Iterable[int]) -> list[tuple[int, Sequence[int]]]:
    """Give each chunk that was used, and which ones were expected behind it."""
    pattern = AccessPattern(SIZE, COUNT)
    return [
        (position // SIZE, pattern.expected())
        for position in positions
        if pattern.use(position // SIZE, position)
    ]


def share_foreseen(found: list[tuple[int, Sequence[int]]]) -> float:
    """Tell how many of the chunks had been expected just before."""
    return sum(number in expected for (_, expected), (number, _) in pairwise(found)) / (len(found) - 1)


def share_wasted(found: list[tuple[int, Sequence[int]]]) -> float:
    """Tell how many of all that were ever expected, or used, were not used."""
    chunks = {number for number, _ in found}
    fetched = chunks.union(*(expected for _, expected in found))
    return len(fetched - chunks) / len(fetched)


def test_nothing_is_expected_of_one_who_jumps_about() -> None:
    found = expectations(number * SIZE for number in (0, 900, 3, 40, 41, 7, 300, 301, 20))

    assert [expected for _, expected in found if expected] == []


@pytest.mark.parametrize("start", [0, 700])
def test_a_short_read_across_a_border_is_not_yet_reading_on(start: int) -> None:
    assert used(start, start + 1).expected() == []


def test_of_one_who_reads_on_ever_more_is_expected() -> None:
    pattern = used(10, 11, 12)
    assert pattern.expected() == [13, 14, 15, 16, 17, 18]

    used(13, 14, pattern=pattern)
    assert pattern.expected() == [*range(15, 25)]

    used(*range(15, 100), pattern=pattern)
    assert pattern.expected() == [*range(100, 132)]


def test_nothing_is_expected_behind_the_end() -> None:
    assert used(*range(1990, 1998)).expected() == [1998, 1999]
    assert used(*range(1990, 2000)).expected() == []


def test_a_chunk_left_out_here_and_there_does_not_stop_who_reads_on() -> None:
    pattern = used(*range(50), 51)

    assert pattern.expected() == [*range(52, 68)]


@pytest.mark.parametrize("jump", [48, 53, 1000, 5])
def test_a_jump_stops_who_reads_on(jump: int) -> None:
    assert used(*range(20, 50), jump).expected() == []


def test_reading_again_within_a_chunk_changes_nothing() -> None:
    pattern = used(10, 11, 12)

    assert [pattern.use(12, 12_100), pattern.use(12, 12_900), pattern.use(13, 13_000)] == [False, False, True]
    assert pattern.expected() == [*range(14, 22)]


@pytest.mark.parametrize("stride", [2_000, 8_300, 10_000, 17_777])
def test_even_jumps_are_foreseen(stride: int) -> None:
    """One after a few that would have been, and later several."""
    found = expectations(range(500, COUNT * SIZE, stride))

    assert share_foreseen(found) > 0.9
    assert share_wasted(found) < 0.02
    assert len(found[100][1]) == 8


def test_reads_across_borders_do_not_disturb_what_is_foreseen() -> None:
    """A second of sound lies in two chunks at times."""
    positions = [
        position for landing in range(500, COUNT * SIZE, 9_700) for position in (landing, landing + 300)
    ]
    found = expectations(positions)

    assert share_wasted(found) < 0.02
    assert share_foreseen(found) > 0.6


@pytest.mark.parametrize("spread", [0.02, 0.1, 0.3, 0.9])
@pytest.mark.parametrize("seed", range(5))
def test_little_is_wasted_on_uneven_jumps(spread: float, seed: int) -> None:
    """Pictures of one second take more room than those of another. What can't be foreseen is not expected."""
    chance = random.Random(seed)  # noqa: S311 (test data, no secret)
    positions = [500]
    while positions[-1] < (COUNT - 30) * SIZE:
        positions.append(positions[-1] + int(10_000 * chance.uniform(1 - spread, 1 + spread)))

    assert share_wasted(expectations(positions)) <= 0.15


def test_the_index_at_the_end_is_not_expected_to_be_read_again() -> None:
    pattern = used(0, 1950, *range(1951, 2000), *range(1947))

    assert used(1947, 1948, 1949, pattern=pattern).expected() == [1950]


def test_a_look_across_the_border_to_the_index_is_no_reading_of_it_again() -> None:
    """Media are read in pieces, of which the last one may take in the beginning of the index."""
    pattern = used(0, *range(1950, 2000), *range(1952))

    assert pattern.expected() == []


def test_who_reads_everything_once_more_is_expected_to_go_on() -> None:
    pattern = used(*range(100), *range(20))

    assert pattern.expected() == [*range(20, 52)]


def test_what_was_only_looked_into_is_no_end() -> None:
    """The inspector looks into each fragment."""
    pattern = used(*range(0, 200, 2), 0, 1, 2, 3)

    assert pattern.expected() == [*range(4, 12)]


def test_coming_back_is_told() -> None:
    pattern = used(0, 500)
    assert not pattern.came_back
    assert not used(501, pattern=pattern).came_back

    assert used(0, pattern=pattern).came_back
    assert used(500, pattern=pattern).came_back
    assert used(501, pattern=pattern).came_back, (
        "it belongs to what was come back to, if reads go across the border"
    )
    assert not used(502, pattern=pattern).came_back
    assert not used(1, pattern=pattern).came_back


def test_the_chunk_behind_the_one_that_was_come_back_to_belongs_to_it_though_it_is_new() -> None:
    """The index begins in the first one, and the demuxer reads on where the inspector did not look."""
    pattern = used(0, 500, 0, 500)

    assert used(501, pattern=pattern).came_back
    assert not used(502, pattern=pattern).came_back


def test_reading_all_of_it_again_is_no_coming_back_to_each_chunk() -> None:
    pattern = used(*range(10))

    assert [used(number, pattern=pattern).came_back for number in range(6)] == [True, True, *[False] * 4]


def test_any_order_is_understood() -> None:
    chance = random.Random(3)  # noqa: S311 (test data, no secret)
    pattern = AccessPattern(SIZE, 50)
    for _ in range(20_000):
        position = chance.randrange(50 * SIZE)
        pattern.use(position // SIZE, position)
        for step in range(chance.choice([0, 0, 1, 4])):
            pattern.use(min(49, position // SIZE + step), position)
        assert all(0 <= number < 50 for number in pattern.expected())
