from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError
from typing_extensions import override

from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_domain.notification.ports import DeliveryClaim, DeliveryLog
from tracklift_runtime.timestamps import to_timestamp

_COLLECTION = "deliveries"
_INDEXES = (
    IndexModel([("sent_at", ASCENDING)], sparse=True),
    IndexModel([("claimed_until", ASCENDING)], sparse=True),
)


class MongoDeliveryLog(DeliveryLog):
    """Keeps one document for each notification: claimed until a time, or sent at one."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def prepare(self) -> None:
        """Make the indexes. Repeating it changes nothing."""
        await self._database.make_indexes(_COLLECTION, _INDEXES)

    @override
    async def claim(self, key: str, *, now: datetime, until: datetime) -> DeliveryClaim:
        free = {"_id": key, "sent_at": {"$exists": False}, "claimed_until": {"$lte": to_timestamp(now)}}
        claimed = {"$set": {"claimed_until": to_timestamp(until)}}
        with outages_translated():
            try:
                # Inserts where there is none; where there is one that is not free, the id stands in the way.
                await self._collection.update_one(free, claimed, upsert=True)
            except DuplicateKeyError:
                entry = await self._collection.find_one({"_id": key})
                sent = entry is not None and "sent_at" in entry
                return DeliveryClaim.SENT if sent else DeliveryClaim.HELD
        return DeliveryClaim.GRANTED

    @override
    async def record_sent(self, key: str, now: datetime) -> None:
        # The first time stays.
        sent = {"$min": {"sent_at": to_timestamp(now)}, "$unset": {"claimed_until": ""}}
        with outages_translated():
            try:
                await self._collection.update_one({"_id": key}, sent, upsert=True)
            except DuplicateKeyError:
                # Somebody else made the entry at the same time.
                await self._collection.update_one({"_id": key}, sent)

    @override
    async def release(self, key: str) -> None:
        with outages_translated():
            await self._collection.delete_one({"_id": key, "sent_at": {"$exists": False}})

    @override
    async def forget_before(self, time: datetime) -> int:
        before = {"$lt": to_timestamp(time)}
        with outages_translated():
            old = await self._collection.delete_many({"sent_at": before})
            # A claim that ran out counts for nothing any more; its sender died, and its event was never redelivered.
            await self._collection.delete_many({"claimed_until": before})
        return old.deleted_count

    @property
    def _collection(self) -> AsyncCollection[Document]:
        return self._database.collections[_COLLECTION]
