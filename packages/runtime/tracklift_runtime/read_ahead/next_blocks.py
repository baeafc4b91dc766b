from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from tracklift_domain.media.byte_ranges import ByteRanges

AHEAD = 16
"""Blocks that are expected at most."""
_SEQUENTIAL = 3
"""Adjacent blocks that tell sequential reading from a short read across a border."""


class NextBlocks:
    """Tells which blocks of a file are read next.

    Where the ranges are known, these are the blocks of the ranges, from the one that was read last on. Outside of them,
    sequential reading is expected to go on, and nothing follows from anything else.
    """

    def __init__(self, block_size: int, count: int) -> None:
        """Begin with no ranges, in a file of `count` blocks of `block_size` bytes."""
        self._block_size = block_size
        self._count = count
        self._ranges: ByteRanges | None = None
        self._planned = array("L")
        """The blocks of the ranges, ascending."""
        self._last = -1
        self._reached = -2
        """The block of the ranges that was read last."""
        self._run = 0

    def plan(self, ranges: ByteRanges) -> None:
        """Take the ranges that will be read, in this order."""
        self._ranges = ranges
        self._planned = array("L", ranges.blocks_from(0, self._block_size))
        del self._planned[bisect_left(self._planned, self._count) :]
        self._reached = -2

    def use(self, position: int) -> bool:
        """Note that bytes from a position on are read now; tell whether something else is expected from then on."""
        number = position // self._block_size
        if number == self._reached == self._last:
            return False
        # The block does not tell: an index may begin in the block in which the last range ends.
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
        """Give the blocks that are read next, the first one first; none where nothing tells."""
        if self._last == self._reached:
            first = bisect_right(self._planned, self._reached)
            return self._planned[first : first + AHEAD]
        if self._run < _SEQUENTIAL:
            return ()
        return range(self._last + 1, min(self._last + 1 + min(2 * self._run, AHEAD), self._count))

    def is_passed(self, number: int) -> bool:
        """Tell whether a block was read sequentially just now, and the one behind it too."""
        return self._last - self._run < number < self._last

    def is_ahead(self, number: int) -> bool:
        """Tell whether a block belongs to the ranges and lies behind the block of them that was read last."""
        if number <= self._reached:
            return False
        place = bisect_left(self._planned, number)
        return place < len(self._planned) and self._planned[place] == number
