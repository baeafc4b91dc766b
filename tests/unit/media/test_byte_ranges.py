"""Ranges of bytes of a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_domain.media.byte_ranges import ByteRanges

_ORDERED = st.lists(st.integers(min_value=0, max_value=300), max_size=20).map(
    lambda bounds: list(zip(*[iter(sorted(bounds))] * 2, strict=False))
)


def pairs(ranges: ByteRanges) -> list[tuple[int, int]]:
    return [*ranges.from_position(0)]


def test_small_gaps_are_filled_and_larger_ones_are_not() -> None:
    ranges = ByteRanges.joined([(5, 10), (14, 20), (25, 30), (30, 31)], gap=4)

    assert pairs(ranges) == [(5, 20), (25, 31)]


def test_an_empty_range_is_none() -> None:
    assert pairs(ByteRanges.joined([(5, 5), (100, 100), (200, 201)], gap=4)) == [(200, 201)]
    assert pairs(ByteRanges.joined([], gap=4)) == []


@pytest.mark.parametrize(
    "ranges", [[(10, 20), (19, 30)], [(10, 20), (5, 8)], [(10, 9)], [(-1, 5)], [(9, 9), (8, 9)]]
)
def test_ranges_out_of_order_are_refused(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="not in order"):
        ByteRanges.joined(ranges, gap=4)


@pytest.mark.parametrize(
    ("position", "left"),
    [
        (0, [(5, 20), (25, 31)]),
        (5, [(5, 20), (25, 31)]),
        (19, [(19, 20), (25, 31)]),
        (20, [(25, 31)]),
        (30, [(30, 31)]),
        (31, []),
    ],
)
def test_ranges_begin_at_a_position(position: int, left: list[tuple[int, int]]) -> None:
    ranges = ByteRanges.joined([(5, 20), (25, 31)], gap=0)

    assert [*ranges.from_position(position)] == left


@given(ranges=_ORDERED, gap=st.integers(0, 20), number=st.integers(0, 50), block_size=st.integers(1, 40))
def test_blocks_are_those_that_hold_a_byte_of_a_range(
    ranges: list[tuple[int, int]], gap: int, number: int, block_size: int
) -> None:
    """Each once, ascending, from the given one on."""
    joined = ByteRanges.joined(ranges, gap=gap)
    held = {position // block_size for start, end in pairs(joined) for position in range(start, end)}

    assert [*joined.blocks_from(number, block_size)] == sorted(block for block in held if block >= number)


@given(ranges=_ORDERED, gap=st.integers(0, 20))
def test_no_byte_is_left_out_and_none_is_added_but_in_small_gaps(
    ranges: list[tuple[int, int]], gap: int
) -> None:
    wanted = {position for start, end in ranges for position in range(start, end)}
    found = {
        position for start, end in pairs(ByteRanges.joined(ranges, gap=gap)) for position in range(start, end)
    }

    assert wanted <= found
    assert all(any(position - before in wanted for before in range(gap + 1)) for position in found - wanted)
