"""Reading the source file with bounds that hold whatever its bytes are."""

import os
from typing import BinaryIO

from tracklift_client.sound_extract.errors import damaged, too_large

WINDOW = 1024
"""Bytes read at once: box headers lie close together, but what lies between two of them is often skipped."""
MOST_BYTES = 512 * 2**20
"""Bytes read to plan one extract. The tables of 24 hours with pictures take about a quarter of it."""
MOST_BOXES = 3_000_000
"""Boxes read to plan one extract: 24 hours of fragments of a second with four tracks have two million."""
MOST_CHUNKS = 2_000_000
"""Chunks of all tracks of one extract, for which its plan takes up to 300 MB: 12 hours of AAC with a chunk for each
sample."""


class Source:
    """A file's bytes by position. No read is larger than the file, and all reads are counted."""

    def __init__(self, video: BinaryIO) -> None:
        """Take a file that can be sought; its position changes with each read."""
        self._video = video
        self._window = b""
        self._window_start = 0
        self._bytes_left = MOST_BYTES
        self._boxes_left = MOST_BOXES
        self._chunks_left = MOST_CHUNKS
        self.size = video.seek(0, os.SEEK_END)

    def at(self, position: int, length: int) -> bytes:
        """Give exactly `length` bytes from `position`.

        Raises:
            NoExtractError: the file ends before, or too much was read already.
        """
        if position + length > self.size:
            raise damaged("the file ends in the middle of its index")
        offset = position - self._window_start
        if offset < 0 or offset + length > len(self._window):
            self._window = self._read(position, max(length, min(WINDOW, self.size - position)))
            self._window_start = position
            offset = 0
        return self._window[offset : offset + length]

    def count_box(self) -> None:
        """Count a box, so that a file of nothing else comes to an end."""
        self._boxes_left -= 1
        if self._boxes_left < 0:
            raise too_large(f"the index has more than {MOST_BOXES:,} boxes")

    def count_chunks(self, count: int) -> None:
        """Count the chunks of a track, before anything is made of them."""
        self._chunks_left -= count
        if self._chunks_left < 0:
            raise too_large(f"the tracks have more than {MOST_CHUNKS:,} chunks")

    def _read(self, position: int, length: int) -> bytes:
        self._bytes_left -= length
        if self._bytes_left < 0:
            raise too_large(f"the index has more than {MOST_BYTES // 2**20} MiB")
        return read_exactly(self._video, position, length)


def read_exactly(video: BinaryIO, position: int, length: int) -> bytes:
    """Read `length` bytes from a position, also from a file that gives fewer at a time.

    Raises:
        OSError: the file can't be read, or is shorter than it was.
    """
    video.seek(position)
    parts: list[bytes] = []
    left = length
    while left > 0:
        part = video.read(left)
        if not part:
            raise OSError("The file became shorter while it was read.")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
