"""What an extract consists of, in its order: bytes of its own, and ranges of the source."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from tracklift_client.sound_extract.errors import too_large
from tracklift_client.sound_extract.source import read_exactly

MOST_OWN = 64 * 2**20
"""Bytes of its own that a plan holds: the index of the extract. An hour takes 1 to 2 MiB."""


class Own(NamedTuple):
    """Bytes that are in the extract only."""

    data: bytes


class Copied(NamedTuple):
    """Bytes of the source."""

    offset: int
    length: int


class ExtractPlan:
    """The parts of an extract. Any range of it can be read at any time, as often as wanted."""

    def __init__(self) -> None:
        self.size = 0
        """Bytes of the whole extract."""
        self._own = bytearray()
        self._starts = array("Q")
        """Where each part begins in the extract."""
        self._origins = array("q")
        """Where each part begins in the source, or else −1 minus where it begins in the bytes of its own."""

    def add_own(self, data: bytes) -> None:
        """Add bytes of its own."""
        if len(self._own) + len(data) > MOST_OWN:
            raise too_large(f"the index of the extract would exceed {MOST_OWN // 2**20} MiB")
        if data:
            if not self._origins or self._origins[-1] >= 0:
                self._add(-1 - len(self._own))
            self._own += data
            self.size += len(data)

    def add_copied(self, offset: int, length: int) -> None:
        """Add a range of the source."""
        if length:
            self._add(offset)
            self.size += length

    def add_all(self, other: "ExtractPlan") -> None:
        """Add all parts of another plan of the same source."""
        for part in other.parts():
            if isinstance(part, Own):
                self.add_own(part.data)
            else:
                self.add_copied(*part)

    def parts(self, offset: int = 0, length: int | None = None) -> Iterator[Own | Copied]:
        """Give the parts of a range of the extract, or of all of it from an offset on; none behind its end."""
        end = self.size if length is None else min(offset + length, self.size)
        index = bisect_right(self._starts, offset) - 1
        while offset < end:
            is_last = index + 1 == len(self._starts)
            part_end = min(end, self.size if is_last else self._starts[index + 1])
            origin, skipped, taken = self._origins[index], offset - self._starts[index], part_end - offset
            if origin >= 0:
                yield Copied(origin + skipped, taken)
            else:
                first = skipped - 1 - origin
                yield Own(bytes(self._own[first : first + taken]))
            offset, index = part_end, index + 1

    def read(self, video: BinaryIO, offset: int, length: int) -> bytes:
        """Give bytes of the extract, fewer only at its end.

        Args:
            video: The source, as it was when the plan was made.
            offset: Where they begin in the extract.
            length: How many.

        Raises:
            OSError: the source can't be read, or is shorter than it was.
        """
        return b"".join(
            part.data if isinstance(part, Own) else read_exactly(video, part.offset, part.length)
            for part in self.parts(offset, length)
        )

    def _add(self, origin: int) -> None:
        self._starts.append(self.size)
        self._origins.append(origin)
