"""Which bytes of the source lie in one media box of the extract."""

import heapq
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator

Place = tuple[int, int]
"""A position in the source and a number of bytes."""


class MediaRanges:
    """The union of places in the source, in the order of the source.

    Places that overlap or touch are one range, so that no byte is copied twice, whatever the index claims.
    """

    def __init__(self, *places: Iterable[Place]) -> None:
        """Unite places; each iterable is in ascending order."""
        self._starts = array("Q")
        self._ends = array("Q")
        self._before = array("Q")
        """How many bytes all ranges in front have."""
        self.size = 0
        """Bytes of all ranges."""
        for start, size in heapq.merge(*places):
            if size:
                self._add(start, start + size)
        self._count()

    def _add(self, start: int, end: int) -> None:
        if self._ends and start <= self._ends[-1]:
            self._ends[-1] = max(self._ends[-1], end)
        else:
            self._starts.append(start)
            self._ends.append(end)

    def _count(self) -> None:
        for start, end in zip(self._starts, self._ends, strict=True):
            self._before.append(self.size)
            self.size += end - start

    def __iter__(self) -> Iterator[Place]:
        for start, end in zip(self._starts, self._ends, strict=True):
            yield start, end - start

    def position_of(self, place: Place) -> int:
        """Give how many bytes of the ranges lie in front of a place that was united; 0 for one without bytes."""
        start, size = place
        if size == 0:
            return 0
        index = bisect_right(self._starts, start) - 1
        return self._before[index] + start - self._starts[index]
