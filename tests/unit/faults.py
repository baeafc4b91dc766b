"""Ports in front of which things go wrong when a test says so."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TypeVar

from typing_extensions import override

from tracklift_adapters.in_memory.event_broker import InMemoryEventBroker
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition, StateCount, StoredMediaTotal
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId, MediaId, SessionId, UserId
from tracklift_domain.media.ports import GrowingMedia, MediaStore, SeekableReader
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_domain.messaging.ports import EventPublisher, EventQueues

_Result = TypeVar("_Result")
Act = Callable[[], Awaitable[object]]
"""Something that happens at a call: it raises, waits, or changes what is stored."""


def raising(error: BaseException) -> Act:
    """Make an act that raises."""

    async def act() -> None:
        raise error

    return act


def down() -> ServiceUnavailableError:
    """Make the error of a storage that can't be reached."""
    return ServiceUnavailableError("the storage", "it is switched off")


async def in_no_time() -> None:
    """Let everybody who is ready go on."""
    for _ in range(10):
        await asyncio.sleep(0)


class Gate:
    """Holds a call up until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._opened = asyncio.Event()

    async def __call__(self) -> None:
        """Wait until the gate is opened."""
        self.reached.set()
        await self._opened.wait()

    def open(self) -> None:
        """Let go on what waits, and what comes later."""
        self._opened.set()


class Faults:
    """What happens at the calls of some ports, besides what was called for."""

    def __init__(self, turns: Callable[[], int] = lambda: 0) -> None:
        """Make ports without faults; `turns` tells how often others get their turn at a call, before and after it."""
        self.calls: list[str] = []
        """The names of all calls, in order."""
        self.unreachable = False
        """Whether every call fails, whatever is planned."""
        self._turns = turns
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._before: defaultdict[str, deque[Act]] = defaultdict(deque)
        self._after: defaultdict[str, deque[Act]] = defaultdict(deque)
        self._numbered: dict[int, Act] = {}

    def before(self, call: str, *acts: Act) -> None:
        """Plan acts, one for each coming call of this name, ahead of what it does."""
        self._before[call].extend(acts)

    def after(self, call: str, *acts: Act) -> None:
        """Plan acts behind what a call does: if one raises, only the confirmation is lost."""
        self._after[call].extend(acts)

    def at_call(self, number: int, act: Act) -> None:
        """Plan an act ahead of the call of this number from now on, counted from 0, whatever is called."""
        self._numbered[len(self.calls) + number] = act

    def clear(self) -> None:
        """Plan nothing any more."""
        self.unreachable = False
        self._before.clear()
        self._after.clear()
        self._numbered.clear()
        self._thawed.set()

    def freeze(self) -> None:
        """Let every call wait until `clear`: so a machine looks that stands still, or a network that holds all back."""
        self._thawed.clear()

    async def around(self, call: str, work: Callable[[], Awaitable[_Result]]) -> _Result:
        """Do the work of a call, and what is planned for it."""
        await self.strike(call)
        result = await work()
        await self._let_others_run()
        if self._after[call]:
            await self._after[call].popleft()()
        return result

    async def strike(self, call: str) -> None:
        """Do what is planned ahead of a call."""
        numbered = self._numbered.pop(len(self.calls), None)
        self.calls.append(call)
        if numbered is not None:
            await numbered()
        await self._let_others_run()
        if self.unreachable:
            raise down()
        if self._before[call]:
            await self._before[call].popleft()()

    async def _let_others_run(self) -> None:
        await self._thawed.wait()
        for _ in range(self._turns()):
            await asyncio.sleep(0)


class UnreliableConversions(ConversionRepository):
    """A repository with faults in front of it."""

    def __init__(self, inner: ConversionRepository, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    @override
    async def add(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        await self._faults.around("add", lambda: self._inner.add(conversion, events))

    @override
    async def get(self, conversion_id: ConversionId) -> Conversion:
        return await self._faults.around("get", lambda: self._inner.get(conversion_id))

    @override
    async def find_by_idempotency_key(self, owner_id: UserId, key: str) -> Conversion | None:
        return await self._faults.around("find", lambda: self._inner.find_by_idempotency_key(owner_id, key))

    @override
    async def replace(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        await self._faults.around("replace", lambda: self._inner.replace(conversion, events))

    @override
    async def remove(self, conversion: Conversion) -> None:
        await self._faults.around("remove", lambda: self._inner.remove(conversion))

    @override
    async def list_owned(
        self,
        owner_id: UserId,
        *,
        limit: int,
        state: ConversionState | None = None,
        after: ListPosition | None = None,
    ) -> Sequence[Conversion]:
        return await self._faults.around(
            "list_owned", lambda: self._inner.list_owned(owner_id, limit=limit, state=state, after=after)
        )

    @override
    async def list_all(
        self, *, limit: int, state: ConversionState | None = None, after: ListPosition | None = None
    ) -> Sequence[Conversion]:
        return await self._faults.around(
            "list_all", lambda: self._inner.list_all(limit=limit, state=state, after=after)
        )

    @override
    async def count_in_state(self, state: ConversionState, *, most: int) -> StateCount:
        return await self._faults.around(
            "count_in_state", lambda: self._inner.count_in_state(state, most=most)
        )

    @override
    async def count_active(self, owner_id: UserId, *, before: ListPosition | None = None) -> int:
        return await self._faults.around(
            "count_active", lambda: self._inner.count_active(owner_id, before=before)
        )

    @override
    async def total_stored(self, owner_id: UserId, *, before: ListPosition | None = None) -> StoredMediaTotal:
        return await self._faults.around(
            "total_stored", lambda: self._inner.total_stored(owner_id, before=before)
        )

    @override
    async def list_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        return await self._faults.around("list_due", lambda: self._inner.list_due(now, limit=limit))

    @override
    async def list_source_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        return await self._faults.around(
            "list_source_due", lambda: self._inner.list_source_due(now, limit=limit)
        )

    @override
    async def find_source_holder(
        self, source_id: ConversionId, *, state: ConversionState | None = None
    ) -> Conversion | None:
        return await self._faults.around(
            "find_source_holder", lambda: self._inner.find_source_holder(source_id, state=state)
        )

    @override
    async def list_stalled(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        return await self._faults.around(
            "list_stalled", lambda: self._inner.list_stalled(before, limit=limit)
        )

    @override
    async def list_unconfirmed(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        return await self._faults.around(
            "list_unconfirmed", lambda: self._inner.list_unconfirmed(before, limit=limit)
        )

    @override
    async def note_announcement(self, conversion: Conversion, since: datetime | None) -> None:
        await self._faults.around(
            "note_announcement", lambda: self._inner.note_announcement(conversion, since)
        )


class UnreliableBroker(EventPublisher, EventQueues):
    """A broker with faults in front of it. `published` is what it took."""

    def __init__(self, inner: InMemoryEventBroker, faults: Faults) -> None:
        self.inner = inner
        self._faults = faults
        self.published: list[Event] = []

    @override
    async def publish(self, event: Event) -> None:
        await self._faults.around("publish_event", lambda: self.inner.publish(event))
        self.published.append(event)

    @override
    async def waiting(self, queue: str) -> int:
        return await self._faults.around("waiting", lambda: self.inner.waiting(queue))


class UnreliableMedia(MediaStore):
    """A media store with faults in front of it."""

    def __init__(self, inner: MediaStore, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    @override
    async def write(
        self, media_id: MediaId, chunks: AsyncIterable[bytes], *, largest: int | None = None
    ) -> StoredMedia:
        return await self._faults.around(
            "write", lambda: self._inner.write(media_id, chunks, largest=largest)
        )

    @override
    async def describe(self, media_id: MediaId) -> StoredMedia:
        return await self._faults.around("describe", lambda: self._inner.describe(media_id))

    @override
    async def read(
        self, media_id: MediaId, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        await self._faults.strike("read")
        async for chunk in self._inner.read(media_id, start=start, end=end):
            yield chunk

    @override
    async def open_seekable(self, media_id: MediaId) -> SeekableReader:
        return await self._faults.around("open_seekable", lambda: self._inner.open_seekable(media_id))

    @override
    async def delete(self, media_id: MediaId) -> None:
        await self._faults.around("delete", lambda: self._inner.delete(media_id))

    @override
    async def list_stored_before(self, time: datetime) -> AsyncIterator[StoredMedia]:
        await self._faults.strike("list_stored_before")
        async for stored in self._inner.list_stored_before(time):
            yield stored

    @override
    async def sweep_unfinished(self, before: datetime) -> int:
        return await self._faults.around("sweep_unfinished", lambda: self._inner.sweep_unfinished(before))


class UnreliableGrowingMedia(GrowingMedia):
    """Files that grow, with faults in front of them."""

    def __init__(self, inner: GrowingMedia, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    @override
    async def size(self, media_id: MediaId) -> int:
        return await self._faults.around("size", lambda: self._inner.size(media_id))

    @override
    async def append(
        self,
        media_id: MediaId,
        chunks: AsyncIterable[bytes],
        *,
        start: int,
        fence: int,
        all_or_nothing: bool = False,
    ) -> int:
        return await self._faults.around(
            "append",
            lambda: self._inner.append(
                media_id, chunks, start=start, fence=fence, all_or_nothing=all_or_nothing
            ),
        )

    @override
    async def finish(self, media_id: MediaId, *, fence: int) -> StoredMedia:
        return await self._faults.around("finish", lambda: self._inner.finish(media_id, fence=fence))

    @override
    async def discard(self, media_id: MediaId) -> None:
        await self._faults.around("discard", lambda: self._inner.discard(media_id))

    @override
    async def list_begun_before(self, time: datetime) -> AsyncIterator[MediaId]:
        await self._faults.strike("list_begun_before")
        async for media_id in self._inner.list_begun_before(time):
            yield media_id


class UnreliableFeed(UpdateFeed):
    """A feed with faults in front of it, which remembers what was published."""

    def __init__(self, inner: UpdateFeed, faults: Faults) -> None:
        self.published: list[ConversionUpdate] = []
        self._inner = inner
        self._faults = faults

    @override
    async def publish(self, update: ConversionUpdate) -> None:
        await self._faults.strike("publish")
        self.published.append(update)
        await self._inner.publish(update)

    @override
    def subscribe(
        self, owner_id: UserId, session_id: SessionId | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[ConversionUpdate]]:
        return self._inner.subscribe(owner_id, session_id)

    @override
    async def end(self, owner_id: UserId, session_id: SessionId | None = None) -> None:
        await self._inner.end(owner_id, session_id)

    @override
    def latest_progress(self, conversion_id: ConversionId) -> Progress | None:
        return self._inner.latest_progress(conversion_id)
