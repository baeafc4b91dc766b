"""Parts of a file, given by position."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ByteRanges:
    """Byte ranges in ascending order that don't touch each other. Each takes 16 bytes of memory."""

    starts: "array[int]"
    ends: "array[int]"
    """The positions after the last bytes (exclusive)."""

    @classmethod
    def joined(cls, ranges: Iterable[tuple[int, int]], *, gap: int) -> "ByteRanges":
        """Build ranges from starts and ends. Two ranges are merged if there are at most `gap` bytes between them.

        Raises:
            ValueError: a range has a negative length, or begins before the end of the previous one.
        """
        starts, ends = array("Q"), array("Q")
        previous = 0
        for start, end in ranges:
            if not previous <= start <= end:
                raise ValueError(f"the range from {start} to {end} is not in order")
            previous = end
            if start == end:
                continue
            if ends and start - ends[-1] <= gap:
                ends[-1] = end
            else:
                starts.append(start)
                ends.append(end)
        return cls(starts, ends)

    def from_position(self, position: int) -> Iterator[tuple[int, int]]:
        """Yield start and end of each range after a position; a range that contains the position begins there."""
        for number in range(bisect_right(self.ends, position), len(self.ends)):
            yield max(self.starts[number], position), self.ends[number]

    def blocks_from(self, number: int, block_size: int) -> Iterator[int]:
        """Yield the numbers of the blocks that the ranges touch, from block `number` on; all blocks have this size."""
        following = number
        for start, end in self.from_position(number * block_size):
            first = max(start // block_size, following)
            following = -(-end // block_size)
            yield from range(first, following)
