from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError
from typing_extensions import override

from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_domain.notification.hour_of_mails import HourOfMails
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.policies import LISTED_IN_DIGEST
from tracklift_domain.notification.ports import Allowance, HourlyMails
from tracklift_domain.user.email_address import EmailAddress
from tracklift_runtime.timestamps import from_timestamp, to_timestamp

_COLLECTION = "hourly_mails"
_INDEXES = (
    IndexModel([("ends_at", ASCENDING)]),
    IndexModel([("held.key", ASCENDING)], sparse=True),
)


class MongoHourlyMails(HourlyMails):
    """Keeps one document for each recipient and hour: the keys that were counted, and what is held."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def prepare(self) -> None:
        """Make the indexes. Repeating it changes nothing."""
        await self._database.make_indexes(_COLLECTION, _INDEXES)

    @override
    async def admit(self, notification: Notification, *, ends_at: datetime, at_most: int) -> Allowance:
        key = notification.key
        with outages_translated():
            if await self._collection.find_one({"held.key": key}, {"_id": 1}) is not None:
                return Allowance.DIGEST
            if await self._count(notification, ends_at, at_most):
                return Allowance.MAIL
            hour = {"_id": _id(notification.recipient, ends_at)}
            room = {f"held.{LISTED_IN_DIGEST - 1}": {"$exists": False}, "held.key": {"$ne": key}}
            held = await self._collection.update_one(
                {**hour, **room}, {"$push": {"held": _to_entry(notification)}}
            )
            if held.matched_count == 0:
                full = {f"held.{LISTED_IN_DIGEST - 1}": {"$exists": True}, "held.key": {"$ne": key}}
                await self._collection.update_one({**hour, **full}, {"$inc": {"unlisted": 1}})
        return Allowance.DIGEST

    async def _count(self, notification: Notification, ends_at: datetime, at_most: int) -> bool:
        hour, key = {"_id": _id(notification.recipient, ends_at)}, notification.key
        first = {"recipient": notification.recipient.value, "ends_at": to_timestamp(ends_at), "unlisted": 0}
        try:
            # Inserts where there is none; where there is one that is full or has the key, the id stands in the way.
            await self._collection.update_one(
                {**hour, "counted": {"$ne": key}, f"counted.{at_most - 1}": {"$exists": False}},
                {"$push": {"counted": key}, "$setOnInsert": first},
                upsert=True,
            )
        except DuplicateKeyError:
            return await self._collection.find_one({**hour, "counted": key}, {"_id": 1}) is not None
        return True

    @override
    async def list_ended(self, before: datetime, *, limit: int) -> Sequence[HourOfMails]:
        ended = {"ends_at": {"$lt": to_timestamp(before)}, "held.0": {"$exists": True}}
        with outages_translated():
            found = self._collection.find(ended).sort("ends_at", ASCENDING).limit(limit)
            return [_to_hour(document) async for document in found]

    @override
    async def settle(self, hour: HourOfMails) -> None:
        keys = [each.key for each in hour.held]
        with outages_translated():
            await self._collection.update_one(
                {"_id": _id(hour.recipient, hour.ends_at), "held.key": {"$in": keys}},
                {"$pull": {"held": {"key": {"$in": keys}}}, "$inc": {"unlisted": -hour.unlisted}},
            )

    @override
    async def forget_before(self, timestamp: datetime) -> int:
        old = {"ends_at": {"$lt": to_timestamp(timestamp)}, "held.0": {"$exists": False}}
        with outages_translated():
            return (await self._collection.delete_many(old)).deleted_count

    @property
    def _collection(self) -> AsyncCollection[Document]:
        return self._database.collections[_COLLECTION]


def _id(recipient: EmailAddress, ends_at: datetime) -> str:
    return f"{to_timestamp(ends_at)}:{recipient}"


def _to_entry(notification: Notification) -> Document:
    return {
        "key": notification.key,
        "event_id": notification.event_id,
        "kind": notification.kind.value,
        "facts": dict(notification.facts),
    }


def _to_hour(document: Document) -> HourOfMails:
    recipient = EmailAddress(document["recipient"])

    def read(entry: dict[str, Any]) -> Notification:
        return Notification(
            event_id=entry["event_id"],
            recipient=recipient,
            kind=NotificationKind(entry["kind"]),
            facts=entry["facts"],
        )

    return HourOfMails(
        recipient=recipient,
        ends_at=from_timestamp(document["ends_at"]),
        held=tuple(read(entry) for entry in document["held"]),
        unlisted=document["unlisted"],
    )
