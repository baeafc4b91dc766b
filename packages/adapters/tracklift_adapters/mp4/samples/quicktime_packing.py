"""How many bytes sound takes in QuickTime's old forms (QuickTime File Format, Sound Sample Descriptions).

There the table of sample sizes counts single samples of sound, with a size of 1, whatever they take. The sample entry
tells how many samples lie together in how many bytes, or the codec implies it.
"""

import struct
from dataclasses import dataclass

_BITS = {b"in24": 24, b"in32": 32, b"fl32": 32, b"fl64": 64, b"ulaw": 8, b"alaw": 8}
"""Of one sample of one channel, whatever the sample entry says."""
_SIXTEEN_BITS = frozenset({b"twos", b"sowt", b"lpcm"})
_EIGHT_BITS = frozenset({b"raw ", b"NONE"})
_BLOCKS = {b"ima4": (64, 34), b"MAC3": (6, 2), b"MAC6": (6, 1)}
"""Samples in a block, and the bytes of a block for each channel."""


@dataclass(frozen=True, slots=True)
class Packing:
    """So many samples, each of all channels, take so many bytes."""

    samples: int
    bytes: int

    def size_of(self, samples: int) -> int:
        """Give the bytes that whole blocks of these samples take."""
        return samples // self.samples * self.bytes


def find_packing(code: bytes, channels: int, bits: int, extra: bytes = b"") -> Packing | None:
    """Give the packing of a codec; `None` where nothing tells it.

    Args:
        code: The sample entry's type.
        channels: As the sample entry tells.
        bits: Of one sample, as the sample entry tells.
        extra: What version 1 of the sample entry adds.
    """
    if code in _BITS:
        return _uncompressed(channels, _BITS[code])
    if code in _SIXTEEN_BITS:
        return _uncompressed(channels, bits or 16)
    if code in _EIGHT_BITS:
        return _uncompressed(channels, bits or 8)
    if code in _BLOCKS:
        samples, size = _BLOCKS[code]
        return Packing(samples, size * max(channels, 1))
    if len(extra) == 16:
        samples, _bytes_per_packet, bytes_per_frame = struct.unpack(">III4x", extra)
        if samples and bytes_per_frame:
            return Packing(samples, bytes_per_frame)
    return None


def _uncompressed(channels: int, bits: int) -> Packing:
    return Packing(1, max(channels, 1) * max(bits // 8, 1))
