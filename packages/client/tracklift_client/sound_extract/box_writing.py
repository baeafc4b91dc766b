"""Writing boxes of an extract."""

import struct
from collections.abc import Iterable, Mapping

from tracklift_client.sound_extract.boxes import LARGEST, Box, content
from tracklift_client.sound_extract.errors import too_large
from tracklift_client.sound_extract.source import Source

_HEADER = struct.Struct(">I4s")
_LARGE_HEADER = struct.Struct(">I4sQ")
_LARGEST_SIZE = 2**32 - 1


def write(kind: bytes, *payload: bytes) -> bytes:
    """Write a box, with a size of 32 bits.

    Raises:
        NoExtractError: it is larger than what an index holds.
    """
    size = sum(map(len, payload))
    if size > LARGEST:
        raise too_large(f"the index of the extract would exceed {LARGEST // 2**20} MiB")
    return _HEADER.pack(size + _HEADER.size, kind) + b"".join(payload)


def write_media_header(size: int) -> bytes:
    """Write the header of `mdat` for a payload of so many bytes, with a size of 64 bits where 32 are too few."""
    if size + _HEADER.size <= _LARGEST_SIZE:
        return _HEADER.pack(size + _HEADER.size, b"mdat")
    return _LARGE_HEADER.pack(1, b"mdat", size + _LARGE_HEADER.size)


def copy(source: Source, box: Box | None) -> bytes:
    """Write a box as it is; nothing for none."""
    return b"" if box is None else write(box.type, content(source, box))


def rewrite(source: Source, boxes: Iterable[Box], replaced: Mapping[bytes, bytes]) -> bytes:
    """Write boxes one behind the other, each as it is unless other bytes replace its type."""
    return b"".join(replaced[box.type] if box.type in replaced else copy(source, box) for box in boxes)
