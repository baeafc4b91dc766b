from datetime import timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, WriteConcern
from typing_extensions import override

from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_adapters.mongodb.upserts import upserted
from tracklift_domain.rate_counts import RateCount, RateCounts

_COLLECTION = "rate_limits"
_INDEXES = (IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),)
_QUICK = WriteConcern(1)
"""A count that a crash loses lets a client do a few requests more."""


class MongoRateCounts(RateCounts):
    """Keeps one number for each key (generic cell rate algorithm), counted by the server's clock."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def prepare(self) -> None:
        """Make the index that lets the server forget clients. Repeating it changes nothing."""
        await self._database.make_indexes(_COLLECTION, _INDEXES)

    @override
    async def take(self, key: str, *, requests: int, per: timedelta) -> RateCount:
        length = per.total_seconds()
        interval = length / requests
        counts = self._database.collections.get_collection(_COLLECTION, write_concern=_QUICK)
        with outages_translated():
            stored = await upserted(counts, key, _taking(length, interval))
        busy = max(stored["free_at"] - stored["now"], 0.0)
        return RateCount(0.0 if stored["taken"] else max(busy + interval - length, 0.001), busy)


def _taking(length: float, interval: float) -> list[dict[str, Any]]:
    now = {"$divide": [{"$toLong": "$$NOW"}, 1000]}
    taken_until = {"$add": [{"$max": [{"$ifNull": ["$free_at", 0]}, "$now"]}, interval]}
    # A rounding error must not refuse the last request that is allowed.
    latest = {"$add": ["$now", length + interval * 1e-3]}
    return [
        {"$set": {"now": now}},
        {"$set": {"taken": {"$lte": [taken_until, latest]}}},
        {"$set": {"free_at": {"$cond": ["$taken", taken_until, "$free_at"]}}},
        {"$set": {"expires_at": {"$toDate": {"$toLong": {"$multiply": ["$free_at", 1000]}}}}},
    ]
