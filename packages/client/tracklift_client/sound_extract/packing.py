"""How many bytes sound takes in QuickTime's old forms (QuickTime File Format, Sound Sample Descriptions).

There the table of sample sizes counts single samples of sound, with a size of 1, whatever they take. The sample entry
tells how many samples lie together in how many bytes, or the codec implies it.
"""

import struct
from typing import NamedTuple

from tracklift_client.sound_extract.boxes import Box, fields
from tracklift_client.sound_extract.source import Source

_BITS = {b"in24": 24, b"in32": 32, b"fl32": 32, b"fl64": 64, b"ulaw": 8, b"alaw": 8}
"""Of one sample of one channel, whatever the sample entry says."""
_DEFAULT_BITS = {b"twos": 16, b"sowt": 16, b"lpcm": 16, b"raw ": 8, b"NONE": 8}
"""The same where the sample entry says 0."""
_BLOCKS = {b"ima4": (64, 34), b"MAC3": (6, 2), b"MAC6": (6, 1)}
"""Samples in a block, and the bytes of a block for each channel."""
_ENTRY = struct.Struct(">8xH6xHH8x")
_VERSION_1 = struct.Struct(">I4xI4x")
_VERSION_2 = struct.Struct(">12xI4xI12x")


class Packing(NamedTuple):
    """So many samples, each of all channels, take so many bytes."""

    samples: int
    bytes: int

    def size_of(self, samples: int) -> int:
        """Give the bytes of the blocks that these samples lie in."""
        return -(-samples // self.samples) * self.bytes


def read_packing(source: Source, entry: Box, table_version: int) -> Packing | None:
    """Give the packing of the sound that a sample entry describes; `None` where nothing tells it.

    Args:
        source: The file.
        entry: An audio sample entry.
        table_version: The version of its `stsd`; where it is not 0, the entry's version is not QuickTime's.
    """
    version, channels, bits = _ENTRY.unpack(fields(source, entry, 0, _ENTRY.size))
    if table_version == 0 and version == 2:
        channels, bits = _VERSION_2.unpack(fields(source, entry, _ENTRY.size, _VERSION_2.size))
        channels, bits = channels if channels < 2**16 else 1, min(bits, 64)
    channels, code = max(channels, 1), entry.type
    if code in _BITS or code in _DEFAULT_BITS:
        width = _BITS.get(code) or bits or _DEFAULT_BITS[code]
        return Packing(1, channels * max(width // 8, 1))
    if code in _BLOCKS:
        samples, size = _BLOCKS[code]
        return Packing(samples, size * channels)
    if table_version == 0 and version == 1:
        samples, size = _VERSION_1.unpack(fields(source, entry, _ENTRY.size, _VERSION_1.size))
        return Packing(samples, size) if samples and size else None
    return None
