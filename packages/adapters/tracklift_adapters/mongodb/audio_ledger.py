from datetime import datetime

from pymongo import ASCENDING, IndexModel
from typing_extensions import override

from tracklift_adapters.mongodb.database import Document, MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_domain.conversion.ports import AudioLedger, MadeAudio
from tracklift_domain.identifiers import UserId
from tracklift_runtime.timestamps import to_timestamp

_COLLECTION = "audio_ledger"
_INDEXES = (
    # With the duration in it, so that adding up reads no documents.
    IndexModel([("owner_id", ASCENDING), ("made_at", ASCENDING), ("duration", ASCENDING)]),
    IndexModel([("made_at", ASCENDING)]),
)


class MongoAudioLedger(AudioLedger):
    """Keeps one document for each conversion that made an MP3."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def prepare(self) -> None:
        """Make the indexes. Repeating it changes nothing."""
        await self._database.make_indexes(_COLLECTION, _INDEXES)

    @override
    async def record(self, made: MadeAudio) -> None:
        first: Document = {
            "owner_id": made.owner_id,
            "made_at": to_timestamp(made.made_at),
            "duration": made.duration,
        }
        with outages_translated():
            await self._database.collections[_COLLECTION].update_one(
                {"_id": made.conversion_id}, {"$setOnInsert": first}, upsert=True
            )

    @override
    async def total_duration(self, owner_id: UserId, *, since: datetime) -> float:
        added_up: list[Document] = [
            {"$match": {"owner_id": owner_id, "made_at": {"$gte": to_timestamp(since)}}},
            {"$group": {"_id": None, "duration": {"$sum": "$duration"}}},
        ]
        with outages_translated():
            found = await self._database.collections[_COLLECTION].aggregate(added_up)
            totals = await found.to_list()
        return float(totals[0]["duration"]) if totals else 0.0

    @override
    async def forget(self, owner_id: UserId) -> None:
        with outages_translated():
            await self._database.collections[_COLLECTION].delete_many({"owner_id": owner_id})

    @override
    async def forget_before(self, time: datetime) -> int:
        with outages_translated():
            removed = await self._database.collections[_COLLECTION].delete_many(
                {"made_at": {"$lt": to_timestamp(time)}}
            )
        return removed.deleted_count
