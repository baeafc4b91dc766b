"""Applying an edit list to sound."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_adapters.lame.decoding.editing import MAX_RETURNS, EditedSound, Media
from tracklift_adapters.lame.encoding.encoder import Samples
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.timeline import Edit

RATE = 100
"""Hz: a second is a hundred samples, and each sample is its own number."""


class Track:
    """Sound whose samples are numbered from 1, starting at a second of the media."""

    def __init__(self, seconds: float, *, begins: float = 0.0, block: int = 70) -> None:
        self._samples = np.arange(1, round(seconds * RATE) + 1, dtype=np.float32)[None]
        self._begins = round(begins * RATE)
        self._block = block
        self.opened: list[float] = []

    def open(self, start: float) -> Media:
        self.opened.append(start)
        first = max(0, round(start * RATE) - self._begins - 30)
        return Media(self._begins + first, self._blocks(first))

    def _blocks(self, first: int) -> Iterator[Samples]:
        for position in range(first, self._samples.shape[1], self._block):
            yield self._samples[:, position : position + self._block]


def played(track: Track, *edits: Edit) -> list[int]:
    blocks = EditedSound(track.open, edits, sample_rate=RATE, channels=1).blocks()
    return [int(number) for block in blocks for number in block[0]]


def numbers(start: float, end: float) -> list[int]:
    return list(range(round(start * RATE) + 1, round(end * RATE) + 1))


def silent(seconds: float) -> list[int]:
    return [0] * round(seconds * RATE)


def test_plays_the_whole_media() -> None:
    assert played(Track(3), Edit(0.0, None)) == numbers(0, 3)


def test_plays_one_part() -> None:
    assert played(Track(3), Edit(0.5, 1.25)) == numbers(0.5, 1.75)


def test_plays_two_parts_with_a_pause_between_them() -> None:
    made = played(Track(6), Edit(0.1, 3.0), Edit(None, 2.0), Edit(3.1, 2.0))

    assert made == numbers(0.1, 3.1) + silent(2) + numbers(3.1, 5.1)


def test_plays_parts_in_another_order_and_one_of_them_twice() -> None:
    track = Track(6)

    made = played(track, Edit(4.0, 1.0), Edit(1.0, 2.0), Edit(4.0, 1.0))

    assert made == numbers(4, 5) + numbers(1, 3) + numbers(4, 5)
    assert len(track.opened) == 2


def test_going_back_by_less_than_a_block_decodes_nothing_again() -> None:
    """Durations of edits are rounded to a coarser time scale than that of the media."""
    track = Track(6, block=1000)

    assert played(track, Edit(0.0, 3.0), Edit(2.99, None)) == numbers(0, 3) + numbers(2.99, 6)
    assert len(track.opened) == 1


def test_the_next_part_is_not_moved_if_the_media_end_early() -> None:
    made = played(Track(2), Edit(1.0, 3.0), Edit(0.0, 1.0))

    assert made == numbers(1, 2) + silent(2) + numbers(0, 1)


def test_no_silence_is_added_at_the_end_if_the_media_end_early() -> None:
    assert played(Track(2), Edit(1.0, 3.0)) == numbers(1, 2)


def test_a_part_before_the_first_sample_is_silent() -> None:
    made = played(Track(2, begins=1.0), Edit(1.5, 0.5), Edit(0.0, 1.5))

    assert made == numbers(0.5, 1.0) + silent(1) + numbers(0, 0.5)


def test_rounding_errors_of_many_parts_do_not_add_up() -> None:
    """The duration of each is not an integer number of samples."""
    made = played(Track(9), *(Edit(number * 0.0133, 0.0133) for number in range(300)))

    assert len(made) == round(300 * 0.0133 * RATE)


def test_an_edit_list_that_goes_back_too_often_is_refused() -> None:
    with pytest.raises(ExtractionError, match="corrupt_media"):
        played(Track(6), *[Edit(5.0, 0.01), Edit(0.0, 0.01)] * (MAX_RETURNS + 1))


@given(
    st.lists(
        st.builds(
            Edit,
            st.one_of(st.none(), st.integers(0, 60).map(lambda tenths: tenths / 10)),
            st.integers(1, 30).map(lambda tenths: tenths / 10),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 50).map(lambda tenths: tenths / 10),
    st.integers(0, 20).map(lambda tenths: tenths / 10),
    st.integers(1, 500),
)
def test_whatever_the_edits_each_second_plays_what_it_is_said_to(
    edits: Sequence[Edit], seconds: float, begins: float, block: int
) -> None:
    expected: list[int] = []
    for edit in edits:
        assert edit.duration is not None
        for number in range(round(edit.duration * RATE)):
            place = None if edit.start is None else round((edit.start - begins) * RATE) + number
            within = place is not None and 0 <= place < round(seconds * RATE)
            expected.append(place + 1 if within and place is not None else 0)

    made = played(Track(seconds, begins=begins, block=block), *edits)

    assert made == expected[: len(made)]
    assert not any(expected[len(made) :])
