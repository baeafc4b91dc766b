from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel
from typing_extensions import override

from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_domain.user.access.ports import AccessEnd, AccessEndRepository
from tracklift_runtime.timestamps import from_timestamp, to_timestamp

_COLLECTION = "access_ends"
_INDEXES = (IndexModel([("ended_at", ASCENDING)]), IndexModel([("recorded_at", DESCENDING)]))


class MongoAccessEndRepository(AccessEndRepository):
    """Keeps one document for each user, session or API key whose access ended."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def prepare(self) -> None:
        """Make the indexes. Repeating it changes nothing."""
        await self._database.make_indexes(_COLLECTION, _INDEXES)

    @override
    async def record(self, end: AccessEnd) -> None:
        later = {"ended_at": to_timestamp(end.ended_at), "recorded_at": to_timestamp(end.recorded_at)}
        with outages_translated():
            await self._database.collections[_COLLECTION].update_one(
                {"_id": end.subject}, {"$max": later}, upsert=True
            )

    @override
    async def list_recorded_since(self, time: datetime, *, limit: int) -> Sequence[AccessEnd]:
        found = self._database.collections[_COLLECTION].find({"recorded_at": {"$gte": to_timestamp(time)}})
        with outages_translated():
            documents = await found.sort("recorded_at", DESCENDING).limit(limit).to_list()
        return [
            AccessEnd(
                subject=document["_id"],
                ended_at=from_timestamp(document["ended_at"]),
                recorded_at=from_timestamp(document["recorded_at"]),
            )
            for document in documents
        ]

    @override
    async def forget_before(self, time: datetime) -> int:
        with outages_translated():
            removed = await self._database.collections[_COLLECTION].delete_many(
                {"ended_at": {"$lt": to_timestamp(time)}}
            )
        return removed.deleted_count
