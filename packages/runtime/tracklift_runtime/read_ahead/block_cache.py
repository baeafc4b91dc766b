from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.read_ahead.block_source import BlockSource
from tracklift_runtime.read_ahead.fetch import Fetch
from tracklift_runtime.read_ahead.next_blocks import NextBlocks

KEPT = 40
"""Blocks in memory, including those being fetched: 10 MB with blocks of 255 KiB. The index of an hour of video takes 3
to 5 MB and is read twice, by the inspector and by the decoder."""
AT_ONCE = 8
"""Blocks per request; a store's client library may hold a second copy of them meanwhile."""
_REQUESTS = 2
"""Concurrent background requests: the storage prepares the answer to one while the answer to the other arrives."""


class BlockCache:
    """The blocks of a file that were read last and those that will be read next. For one thread at a time."""

    def __init__(self, source: BlockSource, next_blocks: NextBlocks) -> None:
        self._source = source
        self._next = next_blocks
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        """Ordered by last use: the block that was read or expected most recently is the last."""
        self._under_way: list[Fetch] = []
        self._at_once = AT_ONCE
        """Blocks per request; fewer while connections fail."""

    def get(self, number: int, last: int) -> bytes | None:
        """Return a block, or `None` if the storage lacks it.

        The blocks after it, up to block `last`, are fetched along with it if they are not in memory, within the limit
        of one request.

        Raises:
            ServiceUnavailableError: the storage can't be reached.
        """
        if number not in self._kept:
            self._collect(number)
        if number not in self._kept:
            self._fetch(number, last)
        if number in self._kept:
            self._kept.move_to_end(number)
        return self._kept.get(number)

    def expect(self, numbers: Sequence[int]) -> None:
        """Fetch those of these blocks in the background that are not in memory."""
        self._collect(None)
        for number in reversed(numbers):
            if number in self._kept:
                self._kept.move_to_end(number)
        missing = self._missing(numbers)
        # Only once part of the first half is missing: one request for many blocks is cheaper than one per block.
        while missing and 2 * numbers.index(missing[0]) <= len(numbers) and len(self._under_way) < _REQUESTS:
            wanted, missing = missing[: self._at_once], missing[self._at_once :]
            self._make_room(len(wanted))
            self._under_way.append(Fetch(self._source, wanted))
            self._under_way[-1].start()

    def _collect(self, needed: int | None) -> None:
        """Store what has arrived in the background, and wait for the request for block `needed`, if there is one."""
        for fetch in tuple(self._under_way):
            waited_for = not fetch.done and needed in fetch.numbers
            if not fetch.done and not waited_for:
                continue
            self._under_way.remove(fetch)
            try:
                self._take(fetch.result)
            except ServiceUnavailableError:
                # If no read waited for the blocks, they are requested again later: the storage may be back by then.
                if waited_for:
                    raise

    def _fetch(self, number: int, last: int) -> None:
        missing = self._missing(range(number, min(last + 1, number + self._at_once)))
        self._make_room(len(missing))
        self._take(Fetch(self._source, missing).run)

    def _missing(self, numbers: Sequence[int]) -> list[int]:
        under_way = {number for fetch in self._under_way for number in fetch.numbers}
        return [number for number in numbers if number not in self._kept and number not in under_way]

    def _take(self, answer: Callable[[], Mapping[int, bytes]]) -> None:
        try:
            blocks = answer()
        except ServiceUnavailableError:
            self._at_once = max(self._at_once // 2, 1)
            raise
        self._at_once = min(self._at_once * 2, AT_ONCE)
        self._kept.update(blocks)

    def _make_room(self, count: int) -> None:
        """Drop blocks before others arrive, so that not all of them are in memory at the same time.

        Blocks that were read sequentially are dropped first, since the others may be an index that is read again.
        Blocks that will be read next are dropped last.
        """
        room = KEPT - count - sum(len(fetch.numbers) for fetch in self._under_way)
        while len(self._kept) > room:
            unneeded = [number for number in self._kept if not self._next.is_ahead(number)]
            passed = filter(self._next.is_passed, unneeded)
            del self._kept[next(chain(passed, unneeded), max(self._kept))]
