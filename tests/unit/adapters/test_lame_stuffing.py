"""What no main data use becomes zeros; what a decoder hears stays."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media import layer3
from tracklift_adapters.lame.mp3.frames import Frames
from tracklift_adapters.lame.mp3.stuffing import clear_stuffing, without_stuffing

HEADERS = sorted(layer3.LAYOUTS)
LONG = 6000
"""Frames of 128 kbit/s that have more bytes than are cleared at once."""


def main_data(seed: int, count: int, most: int) -> list[bytes]:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    return [chance.randbytes(chance.randint(0, most)) for _ in range(count)]


def cleared(stream: bytes, *, is_end: bool = True) -> bytes:
    frames = Frames(stream)
    clear_stuffing(frames, is_end=is_end)
    return bytes(frames.data)


@given(st.sampled_from(HEADERS), st.integers(0, 2**32), st.floats(0, 1.5), st.sampled_from([0, 30, 255, 511]))
def test_zeros_take_the_place_of_stuffing(header: bytes, seed: int, filled: float, reservoir: int) -> None:
    data = main_data(seed, 60, round(filled * layer3.LAYOUTS[header].body))

    stuffed = layer3.encode(data, header=header, reservoir=reservoir)

    assert cleared(stuffed) == layer3.encode(data, header=header, reservoir=reservoir, stuffing=0)


def test_the_last_bits_of_main_data_stay() -> None:
    layout = layer3.LAYOUTS[layer3.HEADER]
    # 8 * 20 bits, of which the side information then takes 3 away.
    head = layer3.HEADER + layer3.side_info(layout, 0, 20)
    shorter = bytearray(head)
    first_length = layout.begin + layout.before_lengths
    value = int.from_bytes(head[4:]) - (3 << layout.side_info * 8 - first_length - 12)
    shorter[4:] = value.to_bytes(layout.side_info)
    frame = bytes(shorter) + b"\xff" * layout.body

    assert cleared(frame)[36:] == b"\xff" * 19 + b"\xf8" + bytes(layout.body - 20)


def test_what_follows_the_last_main_data_stays_where_another_frame_may_begin_in_it() -> None:
    stream = layer3.encode([bytes([1]) * 300, bytes([2]) * 200], reservoir=30)

    kept = cleared(stream, is_end=False)

    assert kept[:417] == layer3.encode([bytes([1]) * 300], stuffing=0)[:387] + stream[387:417]
    assert kept[417:] == stream[417:]


@pytest.mark.parametrize("header", HEADERS)
def test_a_later_part_of_a_stream_may_begin_with_main_data_of_frames_before_it(header: bytes) -> None:
    data = main_data(0, 400, layer3.LAYOUTS[header].body)
    size = layer3.LAYOUTS[header].size
    stream, expected = layer3.encode(data, header=header), layer3.encode(data, header=header, stuffing=0)
    begun = cleared(stream[: 200 * size], is_end=False)

    assert begun[: 72 * size] + cleared(begun[72 * size :] + stream[200 * size :]) == expected


@pytest.mark.parametrize("packet", [1000, 417 * 100, 3 * 10**6])
def test_a_long_stream_is_cleared_piece_by_piece(packet: int) -> None:
    data = main_data(1, LONG, 420)
    stream = layer3.encode(data, reservoir=200)
    packets = [stream[start : start + packet] for start in range(0, len(stream), packet)]

    pieces = list(without_stuffing(packets))

    assert b"".join(pieces) == layer3.encode(data, reservoir=200, stuffing=0)
    assert len(pieces) > 1


@pytest.mark.parametrize("header", HEADERS)
def test_a_long_stream_of_small_frames_is_cleared_so_too(header: bytes) -> None:
    size = layer3.LAYOUTS[header].size
    data = main_data(2, 1_200_000 // size, layer3.LAYOUTS[header].body)
    stream = layer3.encode(data, header=header)

    assert b"".join(without_stuffing([stream[:1_100_000], stream[1_100_000:]])) == layer3.encode(
        data, header=header, stuffing=0
    )


def test_a_frame_that_is_cut_off_is_kept_for_its_error() -> None:
    stream = layer3.encode([b"one" * 50, b"two" * 60])

    assert b"".join(without_stuffing([stream[:600]]))[417:] == stream[417:600]


def test_nothing_becomes_nothing() -> None:
    assert b"".join(without_stuffing([])) == b""
