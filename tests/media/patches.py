"""Changing boxes of whole files, whose index lies behind the media."""

import struct
from collections.abc import Sequence

Path = Sequence[tuple[bytes, int]]
"""Types of boxes, each inside of the one before, and which of that type, counted from 0."""
IN_TABLE = ((b"mdia", 0), (b"minf", 0), (b"stbl", 0))
"""From a track to its sample table."""


def replaced(content: bytes, path: Path, new: bytes) -> bytes:
    """Put other bytes in the place of a box; the sizes of those around it are made to fit."""
    (kind, number), *inner = path
    start, end = _find(content, kind, number)
    if not inner:
        return content[:start] + new + content[end:]
    changed = replaced(content[start + 8 : end], inner, new)
    return content[:start] + struct.pack(">I4s", len(changed) + 8, kind) + changed + content[end:]


def payload(content: bytes, path: Path) -> bytes:
    """Give what is in a box."""
    for kind, number in path:
        start, end = _find(content, kind, number)
        content = content[start + 8 : end]
    return content


def _find(content: bytes, kind: bytes, number: int) -> tuple[int, int]:
    position = 0
    while position < len(content):
        size, found = struct.unpack_from(">I4s", content, position)
        if found == kind:
            if number == 0:
                return position, position + size
            number -= 1
        position += size
    raise LookupError(f"no box {kind!r}")
