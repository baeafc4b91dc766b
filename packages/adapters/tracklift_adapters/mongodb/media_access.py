"""In which order a file's chunks are used, and which will be next.

A demuxer that takes only the sound reads on, where sound and pictures take turns within a chunk, or jumps over pictures
at distances that are much alike. Whoever looks into the index jumps about, and nothing follows from it.
"""

from collections import deque
from collections.abc import Sequence
from itertools import takewhile

_READS_ON = 3
"""Chunks one behind the other that tell somebody who reads on from a short read across a border."""
_LONGEST_RUN = 16
_JUST_JUMPED = 2
"""Chunks one behind the other since a jump."""
_GLANCE = 1
"""Chunks of the index that a look across the end of the media takes in."""
_LOOKED_INTO, _READ_ON = 1, 2
"""How a chunk was used: jumped to, or reached by reading on."""
_PER_GAP = 8
"""Chunks that must be read on for one that is left out, so that reading ahead is of use."""
_FIRST_LANDINGS, _MORE_LANDINGS = 4, 12
"""Landings in a row that must have been foreseen, so that one is expected, and for each one further on."""
_MOST_LANDINGS = 8
_STRIDES = 8
"""Distances whose average is taken: the pictures of one second are never quite as large as those of the next."""


class AccessPattern:
    """Learns from the chunks that were used."""

    def __init__(self, chunk_size: int, count: int) -> None:
        """Begin with nothing known of a file of `count` chunks of `chunk_size` bytes each."""
        self._count = count
        self._uses = bytearray(count)
        self._on_old_ground = 0
        """How many of the chunks used last somebody read on before."""
        self.came_back = False
        """Whether the chunk used last was not used for the first time, and jumped to, or is the one behind such a one:
        small pieces are read whole, which may take in the beginning of the next chunk."""
        self._last = -1
        self._run = 0
        self._landings = _Landings(chunk_size)

    def use(self, number: int, position: int) -> bool:
        """Note that the chunk `number` is used now, from a position in it on; tell whether another one was before."""
        step = number - self._last
        if step == 0:
            return False
        self._last = number
        if step == 1:
            self._run = min(self._run + 1, _LONGEST_RUN)
        else:
            gap = step - 1 if step > 0 else self._count
            self._run = max(self._run - gap * _PER_GAP, 1)
            self._landings.add(position)
        before = self._uses[number]
        self.came_back = self._run <= _JUST_JUMPED and (before > 0 or (step == 1 and self.came_back))
        self._on_old_ground = self._on_old_ground + 1 if before == _READ_ON else 0
        self._uses[number] = max(before, _READ_ON if self._run > 1 else _LOOKED_INTO)
        return True

    def expected(self) -> Sequence[int]:
        """Give the chunks that will likely be used next, the first one first; none without a reason to think so."""
        if self._run >= _READS_ON:
            likely: Sequence[int] = range(self._last + 1, self._last + 1 + 2 * self._run)
        else:
            likely = self._landings.expected()
        return [*takewhile(self._is_likely, likely)]

    def _is_likely(self, number: int) -> bool:
        if not self._last < number < self._count:
            return False
        # Who comes from new ground to where somebody read on before is at the end of the media, before the index, and
        # may have looked across the border already.
        return self._on_old_ground > _GLANCE or self._uses[number] < _READ_ON


class _Landings:
    """Where a reader comes down that jumps forward again and again."""

    def __init__(self, chunk_size: int) -> None:
        self._chunk_size = chunk_size
        self._last = 0
        self._strides: deque[int] = deque(maxlen=_STRIDES)
        self._foreseen = 0
        """How many in a row were in the chunk that was expected; also while nothing is fetched for it."""

    def add(self, position: int) -> None:
        hit = self._strides and self._chunk_in(1) == position // self._chunk_size
        self._foreseen = self._foreseen + 1 if hit else 0
        if position > self._last:
            self._strides.append(position - self._last)
        else:
            self._strides.clear()
            self._foreseen = 0
        self._last = position

    def expected(self) -> list[int]:
        further = min((self._foreseen + _MORE_LANDINGS - _FIRST_LANDINGS) // _MORE_LANDINGS, _MOST_LANDINGS)
        return [self._chunk_in(jumps) for jumps in range(1, further + 1)]

    def _chunk_in(self, jumps: int) -> int:
        """Give the chunk in which it comes down after so many more jumps."""
        strides = sorted(self._strides)
        usual = strides[1:-1] or strides  # But for the extremes: one may lead over something else.
        return (self._last + jumps * sum(usual) // len(usual)) // self._chunk_size
