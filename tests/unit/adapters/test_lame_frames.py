"""The frames of an encoder's output are found by their headers, to the last whole one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media import layer3
from tracklift_adapters.lame.mp3.frames import Frames

THREE = layer3.encode([b"one" * 50, b"two" * 60, b"three" * 70])


def test_returns_the_parts_of_each_frame() -> None:
    frames = Frames(THREE)

    assert len(frames) == 3
    assert frames.header(1).bitrate == 128
    assert frames.side_info(0).main_data_size == 150
    assert frames.side_info(1).main_data_begin == 381 - 150
    assert [frames.head(index) + frames.body(index) for index in range(3)] == [
        THREE[:417],
        THREE[417:834],
        THREE[834:],
    ]
    assert frames.body_size(2) == len(frames.body(2)) == 381


def test_returns_several_frames_at_once() -> None:
    frames = Frames(THREE)

    assert frames.joined(0, 3) == THREE
    assert frames.joined(1, 2) == THREE[417:834]
    assert frames.joined(2, 2) == b""
    assert list(frames.sizes(1, 3)) == [417, 417]
    assert frames.behind(2).joined(0, 1) == THREE[834:]
    assert len(frames.behind(3)) == 0


@pytest.mark.parametrize("cut", [1, 3, 4, 416])
def test_leaves_out_an_incomplete_last_frame(cut: int) -> None:
    frames = Frames(THREE + THREE[:cut])

    assert frames.joined(0, len(frames)) == THREE


def test_has_no_frames_without_data() -> None:
    assert len(Frames(b"")) == 0


def test_follows_the_padding() -> None:
    padded = bytes.fromhex("fffb9244") + bytes(414)
    frames = Frames(padded + THREE + padded)

    assert list(frames.sizes(0, 5)) == [418, 417, 417, 417, 418]
    assert frames.size == 5 * 417 + 2
    assert {header.padding for header in frames.headers} == {False, True}
    assert len(frames.headers) == 2


def test_refuses_bytes_between_frames() -> None:
    with pytest.raises(ValueError, match="begin no frame"):
        Frames(THREE + b"TAG" + bytes(125))


def test_overwrites_the_end_of_a_body() -> None:
    frames = Frames(THREE)

    frames.replace_body_end(1, b"xyz")

    assert frames.joined(0, 3) == THREE[:831] + b"xyz" + THREE[834:]
    with pytest.raises(ValueError, match="382 bytes do not fit"):
        frames.replace_body_end(1, bytes(382))


def test_does_not_change_the_given_bytes() -> None:
    given_bytes = bytearray(THREE)

    Frames(given_bytes).replace_body_end(0, b"xyz")

    assert given_bytes == THREE


@given(st.lists(st.binary(max_size=50) | st.sampled_from([THREE, *layer3.LAYOUTS]), max_size=6).map(b"".join))
def test_returns_whole_frames_or_refuses(data: bytes) -> None:
    try:
        frames = Frames(data)
    except ValueError:
        return
    assert data.startswith(frames.joined(0, len(frames)))
    assert sum(frames.sizes(0, len(frames))) == len(frames.joined(0, len(frames)))
    for index in range(len(frames)):
        assert frames.body_size(index) > 0
        frames.side_info(index)
