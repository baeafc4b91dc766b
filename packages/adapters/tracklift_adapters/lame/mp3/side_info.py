"""The side information of a frame (ISO/IEC 11172-3, 2.4.1.7 and 2.4.2.7; ISO/IEC 13818-3, 2.4.1.7).

It tells where the frame's main data (scale factors and Huffman codes) are, and how many bits each granule has. Main
data are a stream of their own in the bodies of the frames: a frame's main data may begin up to 511 bytes (255 in
MPEG-2) before its own body, in space that earlier frames have not used, the *bit reservoir*. They end in its own body
at the latest. Headers and side information in between do not count.

                     MPEG-1, mono / stereo                    MPEG-2 and 2.5
    main_data_begin  9 bits                                   8 bits
    private_bits     5 / 3                                    1 / 2
    scfsi            4 for each channel                       none
    granules         2, each 59 bits for each channel         1, 63 bits for each channel

Each granule's bits begin with part2_3_length (12 bits): the length of its scale factors and codes, in bits.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tracklift_adapters.lame.mp3.frame_header import MPEG_1, FrameHeader

MAX_RESERVOIR = 511
"""Bytes: how far before its own body a frame's main data may begin."""
_LENGTH_BITS = 12

Integers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SideInfo:
    """Where a frame's main data are."""

    main_data_begin: int
    """How many bytes before the frame's own body they begin."""
    main_data_bits: int

    @property
    def main_data_size(self) -> int:
        """Size in bytes; each frame's main data begin on a byte boundary."""
        return (self.main_data_bits + 7) // 8


def read_side_info(header: FrameHeader, data: bytes) -> SideInfo:
    """Decode the side information of a frame with this header.

    Raises:
        ValueError: it does not have the size that the header requires.
    """
    if len(data) != header.side_info_size:
        raise ValueError(f"the side information has {len(data)} bytes instead of {header.side_info_size}")
    begin_bits, skipped, parts, part_bits = _layout(header)
    value, left = int.from_bytes(data), len(data) * 8
    begin = value >> left - begin_bits
    left -= begin_bits + skipped
    total = 0
    for _ in range(parts):
        total += value >> left - _LENGTH_BITS & ((1 << _LENGTH_BITS) - 1)
        left -= part_bits
    return SideInfo(begin, total)


def main_data_of(header: FrameHeader, side_infos: npt.NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """Decode the side information of many frames, a row each: `main_data_begin` and `main_data_bits` of all."""
    begin_bits, skipped, parts, part_bits = _layout(header)
    bits = np.unpackbits(side_infos, axis=1)

    def integers(start: int, size: int) -> Integers:
        return bits[:, start : start + size] @ (1 << np.arange(size)[::-1])

    starts = range(begin_bits + skipped, begin_bits + skipped + parts * part_bits, part_bits)
    lengths = [integers(start, _LENGTH_BITS) for start in starts]
    return integers(0, begin_bits), np.sum(lengths, axis=0)


def _layout(header: FrameHeader) -> tuple[int, int, int, int]:
    """Give the bits of `main_data_begin`, those skipped behind it, and number and bits of all channels' granules."""
    channels = header.channels
    if header.version == MPEG_1:
        return 9, (5 if channels == 1 else 3) + 4 * channels, 2 * channels, 59
    return 8, channels, channels, 63
