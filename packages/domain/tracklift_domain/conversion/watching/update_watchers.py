"""The watchers of conversions in this process, and the last progress."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager

from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId, SessionId, UserId


class UpdateWatchers:
    """Hands updates to the watchers they concern, in bounded memory. Each feed of updates ends in one."""

    def __init__(self, *, longest_queue: int = 256, most_remembered: int = 10_000) -> None:
        """Begin without watchers.

        A watcher may lag behind by `longest_queue` updates (two minutes of one conversion at two a second). The
        progress of `most_remembered` conversions is kept; above that, the least recently updated ones are forgotten.
        """
        self._longest_queue = longest_queue
        self._most_remembered = most_remembered
        self._watchers: dict[UserId, set[_Watcher]] = {}
        self._progress: OrderedDict[ConversionId, Progress] = OrderedDict()
        self._closed = False

    @property
    def watched(self) -> AbstractSet[UserId]:
        """The owners whose conversions are watched now."""
        return self._watchers.keys()

    def close(self) -> None:
        """End the updates of all current and future watchers. Closing twice is not an error."""
        self._closed = True
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.close()

    def end(self, owner_id: UserId, session_id: SessionId | None = None) -> None:
        """End the updates of an owner's current watchers, or of those in a session."""
        for watcher in self._watchers.get(owner_id, ()):
            if session_id is None or watcher.session_id == session_id:
                watcher.close()

    def tell(self, update: ConversionUpdate) -> None:
        """Hand an update to all watchers of its owner's conversions."""
        self._remember(update)
        for watcher in self._watchers.get(update.owner_id, ()):
            watcher.put(update)

    @asynccontextmanager
    async def subscribe(
        self, owner_id: UserId, session_id: SessionId | None = None
    ) -> AsyncIterator[AsyncIterator[ConversionUpdate]]:
        """Watch an owner's conversions from entering the context on. A slow watcher loses its oldest updates."""
        watcher = _Watcher(self._longest_queue, session_id)
        if self._closed:
            watcher.close()
        watchers = self._watchers.setdefault(owner_id, set())
        watchers.add(watcher)
        try:
            yield watcher
        finally:
            watcher.close()
            watchers.remove(watcher)
            if not watchers:
                del self._watchers[owner_id]

    def latest_progress(self, conversion_id: ConversionId) -> Progress | None:
        """Give the last progress of a conversion that is still converting."""
        return self._progress.get(conversion_id)

    def _remember(self, update: ConversionUpdate) -> None:
        # Also without progress: a new attempt begins at zero, whatever the previous one had reached.
        self._progress.pop(update.conversion_id, None)
        if update.state is ConversionState.CONVERTING and update.progress is not None:
            self._progress[update.conversion_id] = update.progress
            if len(self._progress) > self._most_remembered:
                self._progress.popitem(last=False)


class _Watcher(AsyncIterator[ConversionUpdate]):
    """The pending updates of one watcher."""

    def __init__(self, longest_queue: int, session_id: SessionId | None) -> None:
        self.session_id = session_id
        self._updates: deque[ConversionUpdate] = deque(maxlen=longest_queue)
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, update: ConversionUpdate) -> None:
        """Add an update; a full queue drops its oldest."""
        self._updates.append(update)
        self._changed.set()

    def close(self) -> None:
        """End the iteration, also for a task that waits for the next update."""
        self._closed = True
        self._changed.set()

    async def __anext__(self) -> ConversionUpdate:
        while not self._closed:
            if self._updates:
                return self._updates.popleft()
            self._changed.clear()
            await self._changed.wait()
        raise StopAsyncIteration
