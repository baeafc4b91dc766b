"""The side information tells where a frame's main data are, in each version and with one or two channels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media import layer3
from tracklift_adapters.lame.mp3.frame_header import read_header
from tracklift_adapters.lame.mp3.side_info import MAX_RESERVOIR, read_side_info

HEADERS = sorted(layer3.LAYOUTS)


def bits(*fields: tuple[int, int]) -> bytes:
    """Write values of so many bits each, padded with ones to a whole byte."""
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    return int(text.ljust(-(-len(text) // 8) * 8, "1"), 2).to_bytes(-(-len(text) // 8))


def test_adds_up_the_granules_of_two_channels() -> None:
    ones = 2**47 - 1
    granules = [field for length in (1, 20, 300, 4000) for field in ((length, 12), (ones, 47))]
    data = bits((511, 9), (7, 3), (255, 8), *granules)

    found = read_side_info(read_header(layer3.HEADER), data)

    assert (found.main_data_begin, found.main_data_bits, found.main_data_size) == (511, 4321, 541)


def test_adds_up_the_granules_of_one_channel() -> None:
    data = bits((300, 9), (0, 5), (15, 4), (7, 12), (0, 47), (2, 12), (0, 47))

    found = read_side_info(read_header(layer3.MONO_HEADER), data)

    assert (found.main_data_begin, found.main_data_bits, found.main_data_size) == (300, 9, 2)


def test_reads_the_single_granule_of_mpeg_2() -> None:
    data = bits((255, 8), (3, 2), (100, 12), (2**51 - 1, 51), (28, 12), (0, 51))

    found = read_side_info(read_header(layer3.SMALL_HEADER), data)

    assert (found.main_data_begin, found.main_data_bits, found.main_data_size) == (255, 128, 16)


def test_reads_one_channel_of_mpeg_2() -> None:
    data = bits((9, 8), (1, 1), (4095, 12), (0, 51))

    found = read_side_info(read_header(bytes.fromhex("fff318c4")), data)

    assert (found.main_data_begin, found.main_data_bits) == (9, 4095)


@given(st.sampled_from(HEADERS), st.binary(max_size=40))
def test_returns_bounded_numbers_or_refuses(word: bytes, data: bytes) -> None:
    header = read_header(word)
    if len(data) != header.side_info_size:
        with pytest.raises(ValueError, match=f"instead of {header.side_info_size}"):
            read_side_info(header, data)
    else:
        found = read_side_info(header, data)
        assert 0 <= found.main_data_begin <= MAX_RESERVOIR
        assert 0 <= found.main_data_bits <= 4 * 4095


@given(st.sampled_from(HEADERS), st.integers(0, 255), st.integers(0, 1000))
def test_reads_what_was_written(word: bytes, begin: int, length: int) -> None:
    found = read_side_info(read_header(word), layer3.side_info(layer3.LAYOUTS[word], begin, length))

    assert (found.main_data_begin, found.main_data_size) == (begin, length)
