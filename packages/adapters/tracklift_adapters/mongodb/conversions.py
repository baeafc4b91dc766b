from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError
from typing_extensions import override

from tracklift_adapters.mongodb.conversion_documents import (
    conversion_to_document,
    conversion_to_update,
    document_to_conversion,
)
from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_adapters.mongodb.outbox import OUTBOX_INDEXES, MongoOutbox
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ACTIVE_STATES, ConversionState
from tracklift_domain.conversion.errors import (
    ConversionExistsError,
    ConversionNotFoundError,
    StaleConversionError,
)
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition, StateCount, StoredMediaTotal
from tracklift_domain.events import Event
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.identifiers import ConversionId, UserId
from tracklift_runtime.timestamps import from_timestamp, to_timestamp

COLLECTION = "conversions"
_ACTIVE = sorted(state.value for state in ACTIVE_STATES)
_WITH_WORKERS = [ConversionState.QUEUED.value, ConversionState.CONVERTING.value]
_THERE = {"removed": {"$ne": True}}
_SEARCHED_FOR = ("idempotency_key", "expires_at", "unconfirmed_since", "source_kept_until", "holds_source")
_MOST_STALE = 100
"""Documents that the release before may have left as holders, at the most."""
_IN_LISTS = {"outbox": 0, "audio.chapters": 0, "audio.peaks": 0}
_STORING = [
    *_ACTIVE,
    ConversionState.COMPLETED.value,
    ConversionState.FAILED.value,
]
_PASSING_FAILURES = sorted(code.value for code in FailureCode if not code.is_final)
_STORED_BYTES: Document = {
    "$switch": {
        "branches": [
            {
                "case": {"$eq": ["$state", ConversionState.UPLOADING.value]},
                "then": {"$ifNull": ["$upload.length", "$reserved_bytes", 0]},
            },
            {
                "case": {"$eq": ["$state", ConversionState.COMPLETED.value]},
                "then": {"$ifNull": ["$audio.size", 0]},
            },
            {"case": {"$gt": ["$uploaded_as", None]}, "then": 0},
            {
                "case": {
                    "$or": [
                        {"$in": ["$state", _WITH_WORKERS]},
                        {"$in": ["$failure.code", _PASSING_FAILURES]},
                    ]
                },
                "then": {"$ifNull": ["$source.size", 0]},
            },
        ],
        "default": 0,
    }
}
"""As `source_bytes` and `audio_bytes` of a conversion, of the fields themselves: each release writes them."""
_ADDED_UP: tuple[Document, ...] = (
    {"$project": {"_id": 0, "expires_at": 1, "size": _STORED_BYTES}},
    {"$match": {"size": {"$gt": 0}}},
    {"$group": {"_id": None, "size": {"$sum": "$size"}, "less_from": {"$min": "$expires_at"}}},
)
_INDEXES = (
    IndexModel([("owner.user_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
    IndexModel(
        [
            ("owner.user_id", ASCENDING),
            ("state", ASCENDING),
            ("created_at", DESCENDING),
            ("_id", DESCENDING),
        ]
    ),
    IndexModel(
        [("owner.user_id", ASCENDING), ("idempotency_key", ASCENDING)],
        unique=True,
        partialFilterExpression={"idempotency_key": {"$exists": True}},
    ),
    IndexModel([("expires_at", ASCENDING)], partialFilterExpression={"expires_at": {"$exists": True}}),
    IndexModel([("state", ASCENDING), ("updated_at", ASCENDING)]),
    IndexModel([("state", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
    # Only the few that were announced and not confirmed are in it.
    IndexModel(
        [("unconfirmed_since", ASCENDING)], partialFilterExpression={"unconfirmed_since": {"$exists": True}}
    ),
    # Only those whose videos are kept, and those that were made of another one's video.
    IndexModel(
        [("source_kept_until", ASCENDING)], partialFilterExpression={"source_kept_until": {"$exists": True}}
    ),
    IndexModel(
        [("uploaded_as", ASCENDING), ("holds_source", ASCENDING)],
        partialFilterExpression={"uploaded_as": {"$exists": True}},
    ),
    *OUTBOX_INDEXES,
)


class MongoConversionRepository(ConversionRepository):
    """Keeps each conversion in one document together with its outbox, so that one write changes both or neither.

    A conversion that is removed while events of it wait is only marked; the outbox deletes it with its last event.
    """

    def __init__(self, database: MongoDatabase, outbox: MongoOutbox) -> None:
        self._database = database
        self._outbox = outbox

    async def prepare(self) -> None:
        """Make the indexes. Repeating it changes nothing."""
        await self._database.make_indexes(COLLECTION, _INDEXES)

    @override
    async def add(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        document = {**conversion_to_document(conversion), **self._outbox.filled(events)}
        try:
            with outages_translated(), self._outbox.stored(events):
                await self._collection.insert_one(document)
        except DuplicateKeyError as error:
            raise ConversionExistsError(conversion.id) from error

    @override
    async def get(self, conversion_id: ConversionId) -> Conversion:
        with outages_translated():
            document = await self._collection.find_one({"_id": conversion_id, **_THERE}, {"outbox": 0})
        if document is None:
            raise ConversionNotFoundError(conversion_id)
        return document_to_conversion(document)

    @override
    async def find_by_idempotency_key(self, owner_id: UserId, key: str) -> Conversion | None:
        with outages_translated():
            document = await self._collection.find_one(
                {"owner.user_id": owner_id, "idempotency_key": key, **_THERE}, {"outbox": 0}
            )
        return None if document is None else document_to_conversion(document)

    @override
    async def replace(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        change = {**conversion_to_update(conversion), **self._outbox.filling(events)}
        with outages_translated(), self._outbox.stored(events):
            result = await self._collection.update_one(_revision_before(conversion), change)
        if result.matched_count == 0:
            await self._refuse(conversion)

    @override
    async def remove(self, conversion: Conversion) -> None:
        this = {"_id": conversion.id, "revision": conversion.revision, **_THERE}
        with outages_translated():
            deleted = await self._collection.delete_one({**this, "outbox": []})
            if deleted.deleted_count == 1:
                return
            marked = await self._collection.update_one(
                this, {"$set": {"removed": True}, "$unset": dict.fromkeys(_SEARCHED_FOR, "")}
            )
            if marked.matched_count == 0:
                await self._refuse(conversion)
            # Its last event may have been published between the two writes.
            await self._collection.delete_one({"_id": conversion.id, "removed": True, "outbox": []})

    @override
    async def list_owned(
        self,
        owner_id: UserId,
        *,
        limit: int,
        state: ConversionState | None = None,
        after: ListPosition | None = None,
    ) -> Sequence[Conversion]:
        wanted: Document = {"owner.user_id": owner_id, **_THERE}
        if state is not None:
            wanted["state"] = state.value
        if after is not None:
            wanted["$or"] = _behind(after)
        return await self._find(wanted, [("created_at", DESCENDING), ("_id", DESCENDING)], limit)

    @override
    async def list_all(
        self, *, limit: int, state: ConversionState | None = None, after: ListPosition | None = None
    ) -> Sequence[Conversion]:
        # With all states named, the index of each gives its documents in order.
        states = list(ConversionState) if state is None else [state]
        wanted: Document = {"state": {"$in": [each.value for each in states]}, **_THERE}
        if after is not None:
            # The first condition bounds the search in the index, which an alternative would not.
            wanted["created_at"] = {"$lte": to_timestamp(after.created_at)}
            wanted["$or"] = _behind(after)
        return await self._find(wanted, [("created_at", DESCENDING), ("_id", DESCENDING)], limit)

    @override
    async def count_in_state(self, state: ConversionState, *, most: int) -> StateCount:
        steps: list[Document] = [
            {"$match": {"state": state.value, **_THERE}},
            {"$sort": {"updated_at": ASCENDING}},
            {"$limit": most},
            {"$group": {"_id": None, "count": {"$sum": 1}, "oldest": {"$min": "$updated_at"}}},
        ]
        with outages_translated():
            found = await (await self._collection.aggregate(steps)).to_list()
        if not found:
            return StateCount(0)  # There is no group where nothing matches.
        return StateCount(found[0]["count"], from_timestamp(found[0]["oldest"]))

    @override
    async def count_active(self, owner_id: UserId, *, before: ListPosition | None = None) -> int:
        wanted: Document = {"owner.user_id": owner_id, "state": {"$in": _ACTIVE}, **_THERE}
        if before is not None:
            wanted["$or"] = _behind(before)
        with outages_translated():
            return await self._collection.count_documents(wanted)

    @override
    async def total_stored(self, owner_id: UserId, *, before: ListPosition | None = None) -> StoredMediaTotal:
        wanted: Document = {"owner.user_id": owner_id, "state": {"$in": _STORING}, **_THERE}
        if before is not None:
            wanted["$or"] = _behind(before)
        with outages_translated():
            found = await self._collection.aggregate([{"$match": wanted}, *_ADDED_UP])
            totals = await found.to_list()
        if not totals:
            return StoredMediaTotal(0)  # There is no group where nothing matches.
        size, ends = totals[0]["size"], totals[0]["less_from"]
        return StoredMediaTotal(size, None if ends is None else from_timestamp(ends))

    @override
    async def list_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        wanted = {"expires_at": {"$exists": True, "$lte": to_timestamp(now)}, **_THERE}
        return await self._find(wanted, [("expires_at", ASCENDING)], limit)

    @override
    async def list_source_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        wanted = {
            "source_kept_until": {"$exists": True, "$lte": to_timestamp(now)},
            "unconfirmed_since": {"$exists": False},
            **_THERE,
        }
        return await self._find(wanted, [("source_kept_until", ASCENDING)], limit)

    @override
    async def find_source_holder(
        self, source_id: ConversionId, *, state: ConversionState | None = None
    ) -> Conversion | None:
        in_state: Document = {} if state is None else {"state": state.value}
        # The one that brought the video first. Whatever was made of it while it held the video was stored before that,
        # and so before the others are looked for.
        uploader: Document = {"_id": source_id, "uploaded_as": {"$exists": False}}
        others: Document = {"uploaded_as": source_id, "holds_source": True}
        for wanted in (uploader, others):
            found = await self._find({**wanted, **in_state, **_THERE}, [("_id", ASCENDING)], _MOST_STALE)
            for conversion in found:
                if conversion.holds_source:
                    return conversion
        return None

    @override
    async def list_stalled(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        wanted = {"state": {"$in": _WITH_WORKERS}, "updated_at": {"$lt": to_timestamp(before)}, **_THERE}
        return await self._find(wanted, [("updated_at", ASCENDING)], limit)

    @override
    async def list_unconfirmed(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        wanted = {"unconfirmed_since": {"$exists": True, "$lt": to_timestamp(before)}, **_THERE}
        return await self._find(wanted, [("unconfirmed_since", ASCENDING)], limit)

    @override
    async def note_announcement(self, conversion: Conversion, since: datetime | None) -> None:
        this = {"_id": conversion.id, "revision": conversion.revision, **_THERE}
        change = (
            {"$unset": {"unconfirmed_since": ""}}
            if since is None
            else {"$set": {"unconfirmed_since": to_timestamp(since)}}
        )
        with outages_translated():
            await self._collection.update_one({**this, "unconfirmed_since": {"$exists": True}}, change)

    @property
    def _collection(self) -> AsyncCollection[Document]:
        return self._database.collections[COLLECTION]

    async def _find(self, wanted: Document, order: list[tuple[str, int]], limit: int) -> list[Conversion]:
        if limit <= 0:
            return []  # A limit of 0 would mean none to MongoDB.
        with outages_translated():
            found = self._collection.find(wanted, _IN_LISTS, sort=order, limit=limit)
            return [document_to_conversion(document) async for document in found]

    async def _refuse(self, conversion: Conversion) -> NoReturn:
        await self.get(conversion.id)
        raise StaleConversionError(conversion.id)


def _behind(position: ListPosition) -> list[Document]:
    created_at = to_timestamp(position.created_at)
    return [
        {"created_at": {"$lt": created_at}},
        {"created_at": created_at, "_id": {"$lt": position.conversion_id}},
    ]


def _revision_before(conversion: Conversion) -> Document:
    return {"_id": conversion.id, "revision": conversion.revision - 1, **_THERE}
