"""A layer III header is decoded by the standard's tables, and anything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_adapters.lame.mp3.frame_header import (
    MPEG_1,
    MPEG_2,
    MPEG_2_5,
    FrameHeader,
    bitrates,
    read_header,
)

# ISO/IEC 11172-3, 2.4.2.3 and ISO/IEC 13818-3, 2.4.2.3; the lowest rates are Fraunhofer's own.
RATES = {
    MPEG_1: (44100, 48000, 32000),
    MPEG_2: (22050, 24000, 16000),
    MPEG_2_5: (11025, 12000, 8000),
}


def header(
    version: int = MPEG_1, *, bitrate: int = 9, rate: int = 0, padding: int = 0, mode: int = 1, bare: int = 1
) -> FrameHeader:
    word = (
        0x7FF << 21
        | version << 19
        | 1 << 17
        | bare << 16
        | bitrate << 12
        | rate << 10
        | padding << 9
        | mode << 6
    )
    return read_header(word.to_bytes(4))


def test_reads_what_lame_writes() -> None:
    found = read_header(bytes.fromhex("fffbb264"))

    assert (found.version, found.bitrate, found.sample_rate, found.channels) == (MPEG_1, 192, 44100, 2)
    assert (found.padding, found.protected, found.samples, found.size) == (True, False, 1152, 627)
    assert (found.side_info_start, found.side_info_size, found.body_start) == (4, 32, 36)
    assert found.word == 0xFFFBB264


@pytest.mark.parametrize("version", [MPEG_1, MPEG_2, MPEG_2_5])
def test_knows_every_rate_of_each_version(version: int) -> None:
    assert tuple(header(version, rate=rate).sample_rate for rate in range(3)) == RATES[version]


def test_knows_every_bitrate() -> None:
    of_mpeg_1 = [header(MPEG_1, bitrate=number).bitrate for number in range(1, 15)]
    of_mpeg_2 = [header(MPEG_2, bitrate=number).bitrate for number in range(1, 15)]
    of_mpeg_2_5 = [header(MPEG_2_5, bitrate=number).bitrate for number in range(1, 15)]

    assert of_mpeg_1 == [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    assert of_mpeg_2 == of_mpeg_2_5 == [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    assert bitrates(MPEG_1)[1:] == tuple(of_mpeg_1)


@pytest.mark.parametrize(
    ("version", "bitrate", "rate", "size"),
    [
        (MPEG_1, 9, 0, 417),  # 144 × 128,000 / 44,100 = 417.96
        (MPEG_1, 9, 1, 384),
        (MPEG_1, 14, 2, 1440),
        (MPEG_1, 1, 1, 96),
        (MPEG_2, 8, 0, 208),  # 72 × 64,000 / 22,050 = 208.98
        (MPEG_2, 1, 1, 24),
        (MPEG_2_5, 14, 2, 1440),
    ],
)
def test_counts_the_bytes_of_a_frame(version: int, bitrate: int, rate: int, size: int) -> None:
    assert header(version, bitrate=bitrate, rate=rate).size == size
    assert header(version, bitrate=bitrate, rate=rate, padding=1).size == size + 1


@pytest.mark.parametrize(
    ("version", "mode", "size"),
    [(MPEG_1, 0, 32), (MPEG_1, 3, 17), (MPEG_2, 1, 17), (MPEG_2, 3, 9), (MPEG_2_5, 2, 17), (MPEG_2_5, 3, 9)],
)
def test_knows_the_size_of_the_side_information(version: int, mode: int, size: int) -> None:
    found = header(version, mode=mode)

    assert found.side_info_size == size
    assert found.channels == (1 if mode == 3 else 2)
    assert found.samples == (1152 if version == MPEG_1 else 576)


def test_counts_a_checksum() -> None:
    found = header(bare=0)

    assert found.protected
    assert (found.side_info_start, found.body_start) == (6, 38)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("49443303", "begin no frame"),
        ("ffe01044", "layer III"),
        ("fffd9044", "layer III"),
        ("ffff9044", "layer III"),
        ("ffeb9044", "reserved"),
        ("fffbf044", "reserved"),
        ("fffb9c44", "reserved"),
        ("fffb0044", "free format"),
        ("fffb90", "begin no frame"),
        ("fffb904400", "begin no frame"),
        ("", "begin no frame"),
    ],
)
def test_refuses_what_is_no_header(data: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_header(bytes.fromhex(data))


@given(st.binary(max_size=6) | st.binary(min_size=3, max_size=3).map(lambda rest: b"\xff" + rest))
def test_returns_a_header_that_fits_into_its_frame_or_refuses(data: bytes) -> None:
    try:
        found = read_header(data)
    except ValueError:
        return
    assert found.word.to_bytes(4) == data
    assert found.body_start < found.size <= 1441
