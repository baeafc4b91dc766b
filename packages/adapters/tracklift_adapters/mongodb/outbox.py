import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta

from bson.int64 import Int64
from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from typing_extensions import override

from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.errors import MalformedEventError, UnknownEventTypeError
from tracklift_domain.messaging.ports import Outbox
from tracklift_runtime.cloud_events import decode_event, encode_event

_log = logging.getLogger(__name__)
_WAITS = {"oldest_event": {"$gt": Int64(0)}}
OUTBOX_INDEXES = (
    # Only the few documents whose events wait are in the first two.
    IndexModel([("oldest_event", ASCENDING)], sparse=True),
    IndexModel([("outbox.id", ASCENDING)], partialFilterExpression=_WAITS),
    IndexModel([("removed", ASCENDING)], partialFilterExpression={"removed": True}),
)


class MongoOutbox(Outbox):
    """The events that wait in the documents of one collection, each with what caused it.

    Beside its events, in `outbox`, a document holds the place of the first of them, `oldest_event`: so the oldest of
    all events are found without a look at every one that waits, however many an outage has gathered.

    An event that can't be read here, say one that a newer version stored, is ignored: it stays for a process that
    can read it, and holds up no other.
    """

    def __init__(self, database: MongoDatabase, collection: str = "conversions") -> None:
        self._database = database
        self._name = collection
        self._wake_up = asyncio.Event()
        self._last_place = 0
        self._unreadable: set[str] = set()

    def filled(self, events: Sequence[Event]) -> Document:
        """Give the fields of a new document whose events these are."""
        entries = self._entries(events)
        return {"outbox": entries, **({"oldest_event": entries[0]["place"]} if entries else {})}

    def filling(self, events: Sequence[Event]) -> Document:
        """Give the change of a document that adds events to its own."""
        entries = self._entries(events)
        if not entries:
            return {}
        return {"$push": {"outbox": {"$each": entries}}, "$min": {"oldest_event": entries[0]["place"]}}

    @contextmanager
    def stored(self, events: Sequence[Event]) -> Iterator[None]:
        """Wake up who waits for events after the write in this context, also one whose confirmation got lost."""
        try:
            yield
        finally:
            if events:
                self._wake_up.set()

    @override
    async def pending(self, *, limit: int) -> Sequence[Event]:
        passed_over = 0
        while limit > 0:
            entries = await self._oldest(limit + passed_over)
            events = [event for entry in entries if (event := self._read(entry)) is not None]
            if len(events) >= limit or len(entries) < limit + passed_over:
                return events[:limit]
            passed_over = len(entries) - len(events)
        return []

    @override
    async def mark_published(self, event_ids: Sequence[EventId]) -> None:
        if not event_ids:
            return
        ids = list(event_ids)
        published = {"$in": ["$$this.id", {"$literal": ids}]}
        with outages_translated():
            await self._collection.update_many(
                {"outbox.id": {"$in": ids}, **_WAITS},
                [
                    {"$set": {"outbox": {"$filter": {"input": "$outbox", "cond": {"$not": [published]}}}}},
                    # The smallest of none is null.
                    {"$set": {"oldest_event": {"$ifNull": [{"$min": "$outbox.place"}, "$$REMOVE"]}}},
                ],
            )
            await self._collection.delete_many({"removed": True, "outbox": []})

    @override
    async def wait(self, longest: timedelta) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(longest.total_seconds()):
                await self._wake_up.wait()
        # Not reached by a cancellation, so a wait that is given up forgets no event.
        self._wake_up.clear()

    @property
    def _collection(self) -> AsyncCollection[Document]:
        return self._database.collections[self._name]

    def _entries(self, events: Sequence[Event]) -> list[Document]:
        return [
            {"id": event.id, "place": self._next_place(), "event": encode_event(event)} for event in events
        ]

    def _next_place(self) -> Int64:
        """Give where an event stands in the order: by the clock, and never the same twice in this process."""
        self._last_place = max(self._last_place + 1, time.time_ns())
        return Int64(self._last_place)

    async def _oldest(self, count: int) -> list[Document]:
        with outages_translated():
            found = await self._collection.aggregate(
                [
                    {"$match": _WAITS},
                    # So many documents hold so many of the oldest events, and perhaps newer ones too.
                    {"$sort": {"oldest_event": ASCENDING}},
                    {"$limit": count},
                    {"$project": {"outbox": 1}},
                    {"$unwind": "$outbox"},
                    {"$sort": {"outbox.place": ASCENDING}},
                    {"$limit": count},
                    {"$replaceRoot": {"newRoot": "$outbox"}},
                ]
            )
            return await found.to_list()

    def _read(self, entry: Document) -> Event | None:
        try:
            return decode_event(entry["event"])
        except (MalformedEventError, UnknownEventTypeError) as error:
            if entry["id"] not in self._unreadable:
                self._unreadable.add(entry["id"])
                _log.error("Event %s stays in the outbox unpublished: %s", entry["id"], error)
            return None
