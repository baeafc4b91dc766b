"""The Info frame tells players how much audio follows, how to seek, and which samples to skip."""

import io
import struct

import pytest
from fastcrc import crc16
from hypothesis import given
from hypothesis import strategies as st

from tests.media import layer3
from tracklift_adapters.lame.mp3.frame_header import FrameHeader, read_header
from tracklift_adapters.lame.mp3.frame_writer import FrameWriter
from tracklift_adapters.lame.mp3.frames import Frames
from tracklift_adapters.lame.mp3.info_frame import Encoding, info_frame, info_frame_size

HEADER_192 = bytes.fromhex("fffbb064")


def written(*frames: bytes) -> FrameWriter:
    writer = FrameWriter(io.BytesIO())
    found = Frames(b"".join(frames))
    writer.write(found, 0, len(found))
    return writer


def silent(word: bytes = HEADER_192, count: int = 100) -> bytes:
    return (word + bytes(read_header(word).size - 4)) * count


def encoding(samples: int, *, delay: int = 576, quality: int = 3, lowpass: int = 0) -> Encoding:
    return Encoding(
        encoder="LAME3.100 and more",
        samples=samples,
        delay=delay,
        quality=quality,
        lowpass=lowpass,
        source_rate=44100,
    )


def header_of(frame: bytes) -> FrameHeader:
    return read_header(frame[:4])


def xing(frame: bytes) -> tuple[bytes, int, int, int, bytes, int]:
    start = header_of(frame).body_start
    kind, flags, frames, size, table, quality = struct.unpack_from(">4sIII100sI", frame, start)
    return kind, flags, frames, size, table, quality


def extension(frame: bytes) -> bytes:
    start = header_of(frame).body_start + 120
    return frame[start : start + 36]


def test_has_the_numbers_of_frames_and_bytes() -> None:
    frame = info_frame(written(silent(count=100)), encoding(100 * 1152 - 576 - 700))

    kind, flags, frames, size, _, quality = xing(frame)
    assert (kind, flags, frames, size, quality) == (b"Info", 15, 100, 100 * 626 + len(frame), 57)


def test_looks_like_a_frame_of_silence() -> None:
    frame = info_frame(written(silent()), encoding(100 * 1152 - 1276))

    assert frame[:4] == bytes.fromhex("fffbb044")  # as the audio frames, without joint stereo
    assert len(frame) == header_of(frame).size == 626
    assert frame[4:36] == bytes(32)
    assert frame[36 + 156 :] == bytes(626 - 192)


def test_marks_a_variable_bitrate() -> None:
    varying = written(silent(count=50), silent(layer3.HEADER, count=50))

    frame = info_frame(varying, encoding(100 * 1152 - 1276))

    assert xing(frame)[0] == b"Xing"
    assert extension(frame)[9] == 4
    assert extension(frame)[20] == 32


def test_has_the_quality() -> None:
    made = Encoding(samples=100 * 1152 - 1276, source_rate=44100, quality=0, variable_quality=2)

    assert xing(info_frame(written(silent()), made))[5] == 80


def test_does_not_take_padding_for_a_variable_bitrate() -> None:
    frame = info_frame(
        written(silent(count=50), silent(bytes.fromhex("fffbb264"))), encoding(150 * 1152 - 1276)
    )

    assert xing(frame)[0] == b"Info"


def test_has_the_delay_and_padding_that_decoders_skip() -> None:
    found = written(silent())

    tag = extension(info_frame(found, encoding(100 * 1152 - 576 - 738, lowpass=18600)))

    assert tag[:9] == b"LAME3.100"
    assert tag[9] == 1
    assert tag[10] == 186
    assert int.from_bytes(tag[21:24]) == 576 << 12 | 738
    assert tag[20] == tag[27] == 192
    assert tag[24] == 0b01_0_011_01
    assert int.from_bytes(tag[28:32]) == 101 * 626
    assert int.from_bytes(tag[32:34]) == found.checksum


def test_has_a_checksum_of_itself() -> None:
    frame = info_frame(written(silent()), encoding(100 * 1152 - 1276))

    assert crc16.arc(frame[:190]) == int.from_bytes(frame[190:192])


@pytest.mark.parametrize(
    ("word", "size"),
    [
        ("fffb1064", 208),  # 32 kbit/s at 44,100 Hz stereo has 104 bytes, 64 kbit/s has 208
        ("fffb10c4", 182),  # mono takes less
        ("fff348c4", 180),  # 32 kbit/s at 16,000 Hz
        ("ffe318c4", 216),  # 8 kbit/s at 8,000 Hz
        ("fffbe064", 1044),
        ("fffae064", 1044),  # with checksums
        ("fffbe264", 1044),  # with padding
    ],
)
def test_has_a_bitrate_whose_frames_are_large_enough(word: str, size: int) -> None:
    first = bytes.fromhex(word)

    found = written(silent(first, 200))
    frame = info_frame(found, encoding(found.samples - 600))

    assert len(frame) == size == info_frame_size(read_header(first))
    assert len(frame) >= header_of(frame).body_start + 156
    assert header_of(frame).sample_rate == read_header(first).sample_rate
    assert header_of(frame).channels == read_header(first).channels
    assert not header_of(frame).protected


def test_leaves_the_extension_zero_if_the_encoder_is_not_known() -> None:
    frame = info_frame(written(silent()))

    assert xing(frame)[2] == 100
    assert extension(frame) == bytes(36)


def test_has_positions_of_frames_in_the_seek_table() -> None:
    varying = written(silent(layer3.HEADER, count=100), silent(bytes.fromhex("fffbe064"), count=100))
    frame = info_frame(varying, encoding(200 * 1152 - 1276))

    table = xing(frame)[4]
    total = len(frame) + varying.size

    assert table[0] == 0
    assert table[1] == 256 * (417 + 2 * 417) // total
    assert table[50] == 256 * (417 + 100 * 417) // total
    assert table[75] == 256 * (417 + 100 * 417 + 50 * 1044) // total
    assert list(table) == sorted(table)


@pytest.mark.parametrize(
    ("rate", "number"), [(8000, 0), (32000, 0), (44100, 1), (48000, 2), (48001, 3), (96000, 3)]
)
def test_has_the_sample_rate_of_the_source(rate: int, number: int) -> None:
    made = Encoding(samples=100 * 1152 - 1276, source_rate=rate)

    assert extension(info_frame(written(silent()), made))[24] >> 6 == number


@pytest.mark.parametrize(("mode", "number"), [(0x04, 1), (0x44, 3), (0x84, 2), (0xC4, 0)])
def test_has_the_channel_mode(mode: int, number: int) -> None:
    frame = info_frame(written(silent(bytes([0xFF, 0xFB, 0xB0, mode]))), encoding(100 * 1152 - 1276))

    assert extension(frame)[24] >> 2 & 7 == number


def test_has_the_largest_number_if_the_size_is_larger() -> None:
    found = written(silent())
    found.size = 2**32

    frame = info_frame(found, encoding(100 * 1152 - 1276))

    assert xing(frame)[3] == int.from_bytes(extension(frame)[28:32]) == 2**32 - 1


def test_refuses_a_delay_that_is_too_large() -> None:
    with pytest.raises(ValueError, match="115,200 samples of audio"):
        info_frame(written(silent()), encoding(115_200 - 4096 - 100, delay=4096))


@pytest.mark.parametrize("samples", [100 * 1152 - 575, 100 * 1152 - 576 - 4096, 0])
def test_refuses_a_length_that_the_audio_cannot_have(samples: int) -> None:
    with pytest.raises(ValueError, match="115,200 samples of audio"):
        info_frame(written(silent()), encoding(samples))


def test_refuses_to_describe_no_frames() -> None:
    with pytest.raises(ValueError, match="no frames"):
        info_frame(written(), encoding(0))


@given(
    st.sampled_from(["fffb1064", "fffbb264", "fffb90c4", "fff31804", "fff3e4c4", "ffe318c4"]),
    st.integers(1, 300),
    st.integers(0, 1151),
)
def test_is_always_a_whole_frame(word: str, count: int, cut: int) -> None:
    found = written(silent(bytes.fromhex(word), count))
    samples = found.samples - 576 - cut
    if samples < 0:
        return

    frame = info_frame(found, encoding(samples))

    assert len(frame) == info_frame_size(found.first) == header_of(frame).size
    assert int.from_bytes(extension(frame)[21:24]) == 576 << 12 | cut
    assert xing(frame)[2:4] == (count, found.size + len(frame))
