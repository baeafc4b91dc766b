"""The sizes of a track's samples (boxes `stsz` and `stz2`; ISO/IEC 14496-12, 8.7.3)."""

import struct
import sys
from array import array

from tracklift_client.sound_extract.boxes import Box, fields, only
from tracklift_client.sound_extract.errors import damaged, unsupported
from tracklift_client.sound_extract.packing import Packing
from tracklift_client.sound_extract.source import Source

_HEADER = struct.Struct(">4xII")
_START = 12


class SampleSizes:
    """One size for all samples, or one for each, which are taken in their order."""

    def __init__(self, count: int, each: int = 0, own: "array[int] | None" = None) -> None:
        self.count = count
        self._each = each
        self._own = own
        self._next = 0

    @property
    def are_empty(self) -> bool:
        """Whether there are no samples or none of them has any bytes."""
        return self.count == 0 or (self._own is not None and not any(self._own))

    def take(self, count: int) -> int:
        """Give the bytes of the next samples together."""
        if self._own is None:
            return count * self._each
        first, self._next = self._next, self._next + count
        return sum(self._own[first : self._next])

    def of_single(self, count: int, packing: Packing | None) -> int:
        """Give the bytes of so many single samples of sound.

        Where the table does not tell them, with a size of 1, the packing does. Else the larger of both counts, as
        readers differ in what they believe.
        """
        if self._each == 1:
            if packing is None:
                raise unsupported("nothing tells how many bytes the samples take")
            return packing.size_of(count)
        told = self.take(count)
        return told if packing is None else max(told, packing.size_of(count))


def read_sizes(source: Source, table: list[Box]) -> SampleSizes:
    """Read the sizes.

    Raises:
        NoExtractError: the table claims more than it has.
    """
    box = only(table, b"stsz", b"stz2")
    if box is None:
        return SampleSizes(0)
    each, count = _HEADER.unpack(fields(source, box, 0, _START))
    if box.type == b"stz2":
        return SampleSizes(count, own=_read_compact(source, box, each & 0xFF, count))
    if each:
        return SampleSizes(count, each)
    own = array("I", fields(source, box, _START, 4 * count))
    if sys.byteorder == "little":
        own.byteswap()
    return SampleSizes(count, own=own)


def _read_compact(source: Source, stz2: Box, width: int, count: int) -> "array[int]":
    """Read sizes of 4, 8 or 16 bits each."""
    if width not in {4, 8, 16}:
        raise damaged("the box 'stz2' has entries of an unknown size")
    data = fields(source, stz2, _START, (count * width + 7) // 8)
    if width == 4:
        halves = array("I", (half for byte in data for half in (byte >> 4, byte & 0xF)))
        return halves[:count]
    if width == 8:
        return array("I", iter(data))
    return array("I", struct.unpack(f">{count}H", data))
