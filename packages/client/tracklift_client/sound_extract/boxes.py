"""Boxes, the building blocks of the format (ISO/IEC 14496-12, 4.2), read strictly.

A box begins with its size (32 bits, header included) and its type (four characters). Size 1 means that a size of 64
bits follows the type; size 0 means that the box reaches to the end of what it lies in.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tracklift_client.sound_extract.errors import damaged, too_large
from tracklift_client.sound_extract.source import Source

LARGEST = 64 * 2**20
"""Bytes of one box that are read at once; an hour's tables take 1 MiB."""
_HEADER = struct.Struct(">I4s")
_LARGE_HEADER = struct.Struct(">I4sQ")


class Box(NamedTuple):
    """Where a box lies. `end` may lie behind the file's end at the top level."""

    type: bytes
    start: int
    """Position of its header."""
    payload: int
    """Position behind its header."""
    end: int

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return self.end - self.payload


def walk(source: Source, start: int, end: int) -> Iterator[Box]:
    """Give the boxes from `start` to `end`; a rest too small for a box's header is left out.

    Raises:
        NoExtractError: a box is smaller than its own header.
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
        yield Box(kind, position, position + header, position + size)
        position += size


def children(source: Source, parent: Box, skip: int = 0) -> list[Box]:
    """Give the boxes inside of a box, behind `skip` bytes of data.

    Raises:
        NoExtractError: a box reaches out of it.
    """
    found: list[Box] = []
    for box in walk(source, parent.payload + skip, parent.end):
        if box.end > parent.end:
            raise damaged(f"a box reaches out of the box {name_of(parent)} that it lies in")
        found.append(box)
    return found


def only(boxes: Iterable[Box], *kinds: bytes) -> Box | None:
    """Give the one box of these types; `None`: there is none.

    Raises:
        NoExtractError: there are several, of which readers may take one or the other.
    """
    found = [box for box in boxes if box.type in kinds]
    if len(found) > 1:
        raise damaged(f"there are several boxes {name_of(found[0])} where there may be one")
    return found[0] if found else None


def required(boxes: Iterable[Box], kind: bytes) -> Box:
    """Give the one box of a type.

    Raises:
        NoExtractError: there is none, or there are several.
    """
    found = only(boxes, kind)
    if found is None:
        raise damaged(f"a box '{kind.decode()}' is missing")
    return found


def inside(source: Source, box: Box | None) -> list[Box]:
    """Give the boxes inside of a box that may not be there."""
    return [] if box is None else children(source, box)


def name_of(box: Box) -> str:
    """Give the type for a person to read."""
    return repr(box.type.decode("ascii", "replace"))


def fields(source: Source, box: Box, offset: int, length: int) -> bytes:
    """Give `length` bytes of the payload from `offset`.

    Raises:
        NoExtractError: the payload is too short for them, or they are more than an index has.
    """
    if offset + length > box.size:
        raise damaged(f"the box {name_of(box)} is too short for what it claims to hold")
    if length > LARGEST:
        raise too_large(f"the box {name_of(box)} is larger than {LARGEST // 2**20} MiB")
    return source.at(box.payload + offset, length)


def number(source: Source, box: Box, offset: int, width: int = 4) -> int:
    """Give an unsigned number of so many bytes."""
    return int.from_bytes(fields(source, box, offset, width), "big")


def content(source: Source, box: Box) -> bytes:
    """Give the whole payload.

    Raises:
        NoExtractError: it is larger than what an index holds.
    """
    return fields(source, box, 0, box.size)
