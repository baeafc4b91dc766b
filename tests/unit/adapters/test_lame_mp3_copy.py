"""A track that already is MP3 is copied unchanged, or refused with a reason."""

import io
from collections.abc import Iterable, Iterator

import pytest
from fastcrc import crc16
from hypothesis import given
from hypothesis import strategies as st

from tests.media import layer3
from tracklift_adapters.lame.mp3.frame_header import read_header
from tracklift_adapters.lame.mp3.frame_writer import FrameWriter
from tracklift_adapters.lame.mp3.info_frame import Encoding, info_frame
from tracklift_adapters.lame.mp3.mp3_copy import copy_mp3

FRAMES = [layer3.encode([bytes([number])]) for number in range(10)]


def copied(packets: Iterable[bytes]) -> tuple[bytes, FrameWriter]:
    sink = io.BytesIO()
    written = copy_mp3(packets, sink)
    return sink.getvalue(), written


def silent(word: str, count: int = 1) -> bytes:
    header = bytes.fromhex(word)
    return (header + bytes(read_header(header).size - 4)) * count


def named(name: bytes, start: int, word: str = "fffb9044") -> bytes:
    frame = silent(word)
    return frame[:start] + name + frame[start + len(name) :]


def test_copies_every_frame() -> None:
    content, written = copied(FRAMES)

    assert content == b"".join(FRAMES)
    assert list(written.sizes) == [417] * 10
    assert written.size == 4170
    assert written.samples == 11520
    assert written.checksum == crc16.arc(content)
    assert written.constant_bitrate
    assert written.average_bitrate == pytest.approx(127.7, abs=0.05)


def test_copies_packets_of_several_frames() -> None:
    assert copied([b"".join(FRAMES[:4]), b"", b"".join(FRAMES[4:])])[0] == b"".join(FRAMES)


def test_copies_a_variable_bitrate() -> None:
    content, written = copied([silent("fffb9044", 5), silent("fffbe064", 5)])

    assert content == silent("fffb9044", 5) + silent("fffbe064", 5)
    assert not written.constant_bitrate
    assert written.average_bitrate == pytest.approx((127.7 + 319.7) / 2, abs=0.1)


def test_copies_frames_that_are_split_among_packets() -> None:
    content = b"".join(FRAMES) * 1000

    assert copied(content[start : start + 1000] for start in range(0, len(content), 1000))[0] == content


def test_copies_more_than_it_holds_in_memory() -> None:
    held = 0

    def packets() -> Iterator[bytes]:
        nonlocal held
        for number in range(10_000):
            held = max(held, number * 417 - len(sink.getvalue()))
            yield FRAMES[number % 10]

    sink = io.BytesIO()
    written = copy_mp3(packets(), sink)

    assert sink.getvalue() == b"".join(FRAMES) * 1000
    assert len(written.sizes) == 10_000
    assert held < 2**20 + 500


@pytest.mark.parametrize(
    "frame",
    [
        named(b"Info", 36),
        named(b"Xing", 36),
        named(b"VBRI", 36),
        named(b"Xing", 21, "fffb90c4"),
        named(b"VBRI", 36, "fffb90c4"),
        named(b"Info", 38, "fffa9044"),
        named(b"Info", 36, "fffa9044"),
    ],
)
def test_leaves_out_an_info_frame_at_the_beginning(frame: bytes) -> None:
    audio_frames = silent(frame[:4].hex(), 3)

    content, written = copied([frame, audio_frames])

    assert content == audio_frames
    assert len(written.sizes) == 3


def test_leaves_out_an_info_frame_of_its_own() -> None:
    _, first = copied(FRAMES)
    info = info_frame(first, Encoding(samples=10_000, source_rate=44100))

    assert copied([info, *FRAMES])[0] == b"".join(FRAMES)


def test_keeps_what_looks_like_an_info_frame_elsewhere() -> None:
    info = named(b"Info", 36)

    assert copied([info, FRAMES[0], info])[0] == FRAMES[0] + info
    assert copied([info] * 6000)[0] == info * 5999


@pytest.mark.parametrize(
    ("packets", "reason"),
    [
        ([], "no frames"),
        ([b""], "no frames"),
        ([named(b"Info", 36)], "no frames"),
        ([FRAMES[0], b"ID3\x03\0\0\0\0\0\0"], "begin no frame"),
        ([bytes.fromhex("fffb9044")], "cut off"),
        ([*FRAMES, FRAMES[0][:-1]], "cut off"),
        ([*FRAMES, b"\xff"], "cut off"),
        ([FRAMES[0][:-1], *FRAMES], "begin no frame"),
        ([FRAMES[0], silent("fffb9444")], "changes"),
        ([FRAMES[0], silent("fff39044")], "changes"),
        ([FRAMES[0], silent("fffb90c4")], "changes"),
        ([*FRAMES * 1000, silent("fffb9444")], "changes"),
        ([b"".join(FRAMES) * 1000, silent("fffb9444")], "changes"),
        ([bytes.fromhex("fffb0044") + bytes(413)], "free format"),
        ([bytes.fromhex("fffd9044") + bytes(413)], "layer III"),
        ([bytes.fromhex("fffbf044") + bytes(413)], "reserved"),
    ],
)
def test_refuses_with_a_reason(packets: list[bytes], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        copied(packets)


def test_does_not_take_joint_stereo_for_a_change() -> None:
    both = silent("fffb9004") + silent("fffb9064") + silent("fffb9084")

    assert copied([both])[0] == both


@given(st.lists(st.binary(max_size=30) | st.sampled_from(FRAMES), max_size=6))
def test_copies_all_or_refuses(packets: list[bytes]) -> None:
    try:
        content, written = copied(packets)
    except ValueError:
        return
    assert content == b"".join(packets)
    assert written.size == len(content)
