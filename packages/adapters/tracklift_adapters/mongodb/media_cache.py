from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from pymongo.synchronous.collection import Collection

from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.media_chunks import IncompleteChunksError
from tracklift_adapters.mongodb.media_fetch import Fetch
from tracklift_domain.errors import ServiceUnavailableError

KEPT = 40
"""Chunks in memory, 10 MB, with those that are on their way. The index of an hour of video takes 3 to 5 MB, and is
read twice: by the inspector and by the decoder."""
FETCHED = 16
"""Chunks on their way at once, 4 MB, which the driver has in memory once more."""
_HELD = 6
"""Chunks that somebody came back to, and those behind them."""
_GRANTED = 32
_PER_WASTED = 8
"""Of the chunks that were fetched in advance, `_GRANTED` may be of no use, and one more for so many that were used."""


class ChunkCache:
    """The chunks of a file that were used last, and those that likely will be next.

    For one thread at a time. Fetching in advance goes on in the background, at most one question at a time.
    """

    def __init__(self, chunks: Collection[Document], file: Document) -> None:
        self._chunks = chunks
        self._file = file
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        """The one that was used or expected last is the last."""
        self._underway: Fetch | None = None
        self._held: deque[int] = deque(maxlen=_HELD)
        self._not_used: set[int] = set()
        self._fetched = self._used = 0
        self._at_once = FETCHED
        """Chunks that one question may bring: fewer while connections break."""

    def get(self, number: int, last: int) -> bytes:
        """Give a chunk. What is missing up to the chunk `last` is fetched along with it, but only so much at a time.

        Raises:
            IncompleteChunksError: the chunk is not there, or not whole.
            ServiceUnavailableError: the server can't be reached.
        """
        self._collect(number)
        if number not in self._kept:
            self._fetch(number, last)
        self._kept.move_to_end(number)
        if number in self._not_used:
            self._not_used.remove(number)
            self._used += 1
        return self._kept[number]

    def expect(self, numbers: Sequence[int]) -> None:
        """Fetch in the background what is missing of those chunks, if that is worth a question."""
        self._collect(None)
        for number in reversed(numbers):
            if number in self._kept:
                self._kept.move_to_end(number)
        missing = [number for number in numbers if number not in self._kept]
        spare = _GRANTED + self._used // _PER_WASTED - (self._fetched - self._used)
        wanted = missing[: min(self._at_once, max(spare, 0))]
        # Not before half of them are missing: one question for many chunks is cheaper than one for each.
        if self._underway is not None or not wanted or 2 * len(missing) < len(numbers):
            return
        self._make_room(len(wanted))
        self._underway = Fetch(self._chunks, self._file, wanted)
        self._underway.start()

    def hold(self, number: int) -> None:
        """Keep a chunk for long, until some others of the kind were held after it.

        It is for those that somebody came back to: one that holds the end of the media and the beginning of the index
        is needed at last once more.
        """
        if number in self._held:
            self._held.remove(number)
        self._held.append(number)

    def _collect(self, needed: int | None) -> None:
        """Take over what came from the background, and wait for it if the chunk `needed` is on its way."""
        underway = self._underway
        if underway is None:
            return
        waited_for = not underway.done and needed in underway.numbers
        if not underway.done and not waited_for:
            return
        try:
            self._take(underway.result)
        except ServiceUnavailableError:
            # Nobody waited for it: who needs these chunks asks anew, and may find the server back.
            if waited_for:
                raise
        finally:
            self._underway = None

    def _fetch(self, number: int, last: int) -> None:
        underway = self._underway.numbers if self._underway is not None else frozenset[int]()
        most = max(1, min(self._at_once, FETCHED - len(underway)))
        reachable = range(number, min(last, number + FETCHED - 1) + 1)
        missing = [each for each in reachable if each not in self._kept and each not in underway][:most]
        self._make_room(len(missing))
        self._take(Fetch(self._chunks, self._file, missing).run)
        if number not in self._kept:
            raise IncompleteChunksError

    def _take(self, answer: Callable[[], dict[int, bytes]]) -> None:
        try:
            chunks = answer()
        except ServiceUnavailableError:
            self._at_once = max(self._at_once // 2, 1)
            raise
        self._at_once = min(self._at_once * 2, FETCHED)
        self._keep(chunks)

    def _make_room(self, count: int) -> None:
        """Let go of chunks before others come, so that not all are in memory at once."""
        room = KEPT - count - (len(self._underway.numbers) if self._underway is not None else 0)
        while len(self._kept) > room:
            number = next(number for number in self._kept if number not in self._held)
            del self._kept[number]
            self._not_used.discard(number)

    def _keep(self, chunks: dict[int, bytes]) -> None:
        self._kept.update(chunks)
        self._not_used.update(chunks)
        self._fetched += len(chunks)
