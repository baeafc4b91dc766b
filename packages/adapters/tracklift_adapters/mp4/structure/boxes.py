"""Boxes, the building blocks of the format (ISO/IEC 14496-12, 4.2).

A box begins with its size (32 bits, header included) and its type (four characters). Size 1 means that a size of 64
bits follows the type; size 0 means that the box reaches to the end of what it lies in. The rest is the payload: data
or more boxes. A *full box* begins its payload with a version (8 bits) and flags (24 bits).
"""

import struct
import sys
from array import array
from collections.abc import Iterator
from typing import NamedTuple

from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.structure.damage import damaged
from tracklift_domain.extraction.errors import ExtractionError

_HEADER = struct.Struct(">I4s")
_LARGE_HEADER = struct.Struct(">I4sQ")


class Box(NamedTuple):
    """Where a box lies. `end` may lie beyond the file's end at the top level, where a file was cut off."""

    type: bytes
    start: int
    """Position of the payload's first byte."""
    end: int
    """Position behind the payload."""

    @property
    def name(self) -> str:
        """The type for a person to read."""
        return self.type.decode("ascii", "replace")


def walk(source: ByteSource, start: int, end: int) -> Iterator[Box]:
    """Give the boxes that lie one behind the other from `start` to `end`; a rest too small for a box is left out.

    Each box moves the position forward by its header at least, so that the walk ends.

    Raises:
        ExtractionError: `corrupt_media`, when a box is smaller than its own header.
    """
    position = start
    while end - position >= _HEADER.size:
        source.count_box()
        header = _HEADER.size
        size, kind = _HEADER.unpack(source.at(position, header))
        if size == 0:
            size = end - position
        elif size == 1 and end - position >= _LARGE_HEADER.size:
            header = _LARGE_HEADER.size
            _, _, size = _LARGE_HEADER.unpack(source.at(position, header))
        if size < header:
            raise damaged("a box is smaller than its own header")
        yield Box(kind, position + header, position + size)
        position += size


def children(source: ByteSource, parent: Box, skip: int = 0) -> Iterator[Box]:
    """Give the boxes inside of a box, behind `skip` bytes of data; one that reaches out of it is cut to fit."""
    end = min(parent.end, source.size)
    for box in walk(source, parent.start + skip, end):
        yield box if box.end <= end else Box(box.type, box.start, end)


def first_children(source: ByteSource, parent: Box, skip: int = 0) -> dict[bytes, Box]:
    """Give the boxes inside of a box by their type, the first of each."""
    found: dict[bytes, Box] = {}
    for box in children(source, parent, skip):
        found.setdefault(box.type, box)
    return found


def type_position(source: ByteSource, box: Box) -> int:
    """Give where in the file the type of a box is written."""
    position = box.start - 4
    return position if source.at(position, 4) == box.type else box.start - 12


def valid_children(source: ByteSource, parent: Box | None, skip: int = 0) -> dict[bytes, Box]:
    """Give the boxes inside of a box by their type, the first of each, up to one that is invalid, as players do.

    Raises:
        ExtractionError: `corrupt_media`, when a limit of the inspection is reached.
    """
    found: dict[bytes, Box] = {}
    if parent is None:
        return found
    try:
        for box in children(source, parent, skip):
            found.setdefault(box.type, box)
    except ExtractionError:
        if source.is_exhausted:
            raise
    return found


def version_and_flags(source: ByteSource, box: Box) -> tuple[int, int]:
    """Give what a full box begins with."""
    word = int.from_bytes(fields(source, box, 0, 4))
    return word >> 24, word & 0xFFFFFF


def fields(source: ByteSource, box: Box, offset: int, length: int) -> bytes:
    """Give `length` bytes of the payload from `offset`.

    Raises:
        ExtractionError: `corrupt_media`, when the payload is too short for them.
    """
    if offset + length > box.end - box.start:
        raise damaged(f"its box '{box.name}' is too short")
    return source.at(box.start + offset, length)


def table(source: ByteSource, box: Box, offset: int, count: int, width: int) -> Iterator[bytes]:
    """Give the bytes of `count` entries of `width` bytes each, in parts of whole entries.

    Nothing is read or reserved before the claimed count is known to fit into the box.

    Raises:
        ExtractionError: `corrupt_media`, when the box is too small for that many.
    """
    if count * width > box.end - box.start - offset:
        raise damaged(f"its box '{box.name}' claims {count:,} entries, more than it has room for")
    return _parts(source, box.start + offset, count, width)


def numbers(part: bytes, code: str) -> "array[int]":
    """Give the numbers of a part of a table; `code` is their type as `array` names it."""
    found = array(code, part)
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _parts(source: ByteSource, position: int, count: int, width: int) -> Iterator[bytes]:
    at_once = max(1, 2**16 // width)
    while count > 0:
        taken = min(count, at_once)
        yield source.at(position, taken * width)
        position += taken * width
        count -= taken
