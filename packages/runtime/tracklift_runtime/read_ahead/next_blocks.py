from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from tracklift_domain.media.byte_ranges import ByteRanges

AHEAD = 16
"""The most blocks that are expected."""
_SEQUENTIAL = 3
"""Reading this many adjacent blocks counts as sequential, unlike a short read across a block boundary."""


class NextBlocks:
    """Predicts which blocks of a file will be read next.

    After a read inside the announced ranges, these are the blocks of the ranges that follow it. After other reads,
    sequential reading is expected to continue, and anything else predicts nothing.
    """

    def __init__(self, block_size: int, count: int) -> None:
        """Begin without ranges, in a file of `count` blocks of `block_size` bytes."""
        self._block_size = block_size
        self._count = count
        self._ranges: ByteRanges | None = None
        self._planned = array("L")
        """The blocks of the ranges, ascending."""
        self._last = -1
        self._reached = -2
        """The last block that was read as part of the ranges."""
        self._run = 0

    def plan(self, ranges: ByteRanges) -> None:
        """Set the ranges that will be read, in this order."""
        self._ranges = ranges
        self._planned = array("L", ranges.blocks_from(0, self._block_size))
        del self._planned[bisect_left(self._planned, self._count) :]
        self._reached = -2

    def use(self, position: int) -> bool:
        """Note a read from a position on; return whether `expected` may have changed."""
        number = position // self._block_size
        if number == self._reached == self._last:
            return False
        # The block alone is not enough: an index may begin in the block in which the last range ends.
        is_planned = (
            self._ranges is not None and next(self._ranges.from_position(position), (-1,))[0] == position
        )
        if is_planned:
            self._reached = number
        elif number == self._last:
            return False
        if number != self._last:
            self._run = self._run + 1 if number == self._last + 1 else 1
            self._last = number
        return True

    def expected(self) -> Sequence[int]:
        """Return the blocks that are expected next, in order; empty if there is no prediction."""
        if self._last == self._reached:
            first = bisect_right(self._planned, self._reached)
            return self._planned[first : first + AHEAD]
        if self._run < _SEQUENTIAL:
            return ()
        return range(self._last + 1, min(self._last + 1 + min(2 * self._run, AHEAD), self._count))

    def is_passed(self, number: int) -> bool:
        """Return whether a block was read in the current sequential run, and the one after it too."""
        return self._last - self._run < number < self._last

    def is_ahead(self, number: int) -> bool:
        """Return whether a block belongs to the ranges and follows the last one of them that was read."""
        if number <= self._reached:
            return False
        place = bisect_left(self._planned, number)
        return place < len(self._planned) and self._planned[place] == number
