"""How a recording is divided among encoders."""

from heapq import heappop, heappush
from itertools import pairwise

import pytest

from tracklift_adapters.lame.pieces import FIRST_LOOK, WARM_UP, Division, divide, frame_samples, in_one_piece

MINUTE = 60 * 44100


def division(samples: int, *, sample_rate: int = 44100, channels: int = 2, encoders: int = 2) -> Division:
    return divide(samples, sample_rate, channels=channels, encoders=encoders)


def work(parts: Division, samples: int, sample_rate: int = 44100) -> list[int]:
    """Give how many frames each piece's encoder has to encode, where neighbours agree at the first look."""
    whole = samples // frame_samples(sample_rate)
    return [piece.looks.start if piece.looks else whole - piece.first_fed for piece in parts.pieces]


@pytest.mark.parametrize("encoders", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("seconds", [0, 1, 9, 16, 60, 181, 3600, 4 * 3600])
@pytest.mark.parametrize("sample_rate", [8000, 22050, 44100, 48000])
def test_the_pieces_stand_for_the_whole_recording_once(encoders: int, seconds: int, sample_rate: int) -> None:
    pieces = division(seconds * sample_rate, sample_rate=sample_rate, encoders=encoders).pieces

    assert pieces[0].start == 0
    assert [piece.end for piece in pieces[:-1]] == [piece.start for piece in pieces[1:]]
    assert pieces[-1].end is None


@pytest.mark.parametrize("encoders", [2, 3, 4, 8])
@pytest.mark.parametrize("seconds", [60, 181, 1000, 3600])
def test_encoders_end_at_the_same_time_where_decoding_takes_a_twelfth_of_theirs(
    encoders: int, seconds: int
) -> None:
    parts = division(seconds * 44100, encoders=encoders)
    free = [0.0] * parts.encoders
    for piece, frames in zip(parts.pieces, work(parts, seconds * 44100), strict=True):
        begin = max(heappop(free), piece.first_fed / 12)
        heappush(free, begin + frames)

    assert len(parts.pieces) % parts.encoders == 0
    assert max(free) - min(free) <= 0.02 * max(free) + 2 * 49


def test_every_piece_but_the_first_is_warmed_up() -> None:
    first, *others = division(3600 * 44100).pieces

    assert first.warm_up == 0
    assert {piece.warm_up for piece in others} == {WARM_UP}


def test_neighbours_are_compared_from_half_the_warm_up_on_up_to_its_end() -> None:
    for piece, following in pairwise(division(3600 * 44100).pieces):
        looks = [piece.first_fed + frames - following.first_fed for frames in piece.looks]

        assert looks[0] == FIRST_LOOK
        assert looks[-1] + 8 >= following.warm_up
        assert following.first_fed + looks[-1] < (piece.last_fed or 0)


@pytest.mark.parametrize("sample_rate", [11025, 22050, 44100])
def test_pieces_begin_in_step_with_the_pattern_of_padding(sample_rate: int) -> None:
    pieces = division(1000 * sample_rate, sample_rate=sample_rate).pieces

    assert len(pieces) > 1
    assert all(piece.first_fed % 49 == 0 for piece in pieces)


@pytest.mark.parametrize("seconds", [0, 1, 5, 10])
def test_what_is_short_is_left_whole(seconds: int) -> None:
    assert division(seconds * 44100) == in_one_piece(44100)


def test_one_encoder_gets_the_whole() -> None:
    assert division(3600 * 44100, encoders=1) == in_one_piece(44100)


@pytest.mark.parametrize("encoders", [2, 4, 8])
@pytest.mark.parametrize("minutes", [3, 60, 600])
def test_what_waits_takes_little_memory_however_long_it_is(encoders: int, minutes: int) -> None:
    assert division(minutes * MINUTE, encoders=encoders).most_waiting * 2 * 4 < 90 * 10**6


@pytest.mark.parametrize("minutes", [3, 60, 600])
def test_warming_up_costs_less_than_two_percent(minutes: int) -> None:
    samples = minutes * MINUTE

    assert sum(work(division(samples), samples)) < 1.02 * samples / 1152


@pytest.mark.parametrize("encoders", [2, 4, 8])
@pytest.mark.parametrize("seconds", [12, 25, 30, 60])
def test_something_short_is_done_sooner_but_not_at_any_price(encoders: int, seconds: int) -> None:
    samples = seconds * 44100
    parts = work(division(samples, encoders=encoders), samples)

    assert len(parts) > 1
    assert max(parts) < 0.9 * samples / 1152
    assert sum(parts) < 1.27 * samples / 1152
