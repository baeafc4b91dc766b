"""Parts of a file, by position."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ByteRanges:
    """Ranges of bytes in ascending order, none of which touches the next. Each takes 16 bytes of memory."""

    starts: "array[int]"
    ends: "array[int]"
    """The positions behind the last bytes."""

    @classmethod
    def joined(cls, ranges: Iterable[tuple[int, int]], *, gap: int) -> "ByteRanges":
        """Make ranges of starts and ends. Two ranges become one if there are at most `gap` bytes between them.

        Raises:
            ValueError: a range is negative, or begins before the end of the one in front of it.
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
        """Give start and end of each range behind a position; a range that holds the position begins there."""
        for number in range(bisect_right(self.ends, position), len(self.ends)):
            yield max(self.starts[number], position), self.ends[number]

    def blocks_from(self, number: int, block_size: int) -> Iterator[int]:
        """Give the blocks that the ranges touch, from the block `number` on, in a file cut into blocks of this size."""
        following = number
        for start, end in self.from_position(number * block_size):
            first = max(start // block_size, following)
            following = -(-end // block_size)
            yield from range(first, following)
