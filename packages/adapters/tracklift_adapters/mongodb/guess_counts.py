from collections.abc import Collection
from datetime import timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne, WriteConcern
from pymongo.read_concern import ReadConcern
from typing_extensions import override

from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_adapters.mongodb.upserts import upserted
from tracklift_domain.user.password.policies import GuessPolicy
from tracklift_domain.user.password.ports import GuessCounts

_GUESSES = "guesses"
_KNOWN_CLIENTS = "known_clients"
_INDEXES = (IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),)
_QUICK = WriteConcern(1)
"""After a crash that loses a count, a few guesses more are looked at; a client that it loses is new once more."""
_NOW = {"$divide": [{"$toLong": "$$NOW"}, 1000]}


class MongoGuessCounts(GuessCounts):
    """Keeps a document for each account that was guessed at, and one for each known client, by the server's clock."""

    def __init__(self, database: MongoDatabase, policy: GuessPolicy) -> None:
        self._database = database
        self._policy = policy

    async def prepare(self) -> None:
        """Make the indexes that let the server forget. Repeating it changes nothing."""
        await self._database.make_indexes(_GUESSES, _INDEXES)
        await self._database.make_indexes(_KNOWN_CLIENTS, _INDEXES)

    @override
    async def take(self, account: str) -> float:
        guesses = self._database.collections.get_collection(_GUESSES, write_concern=_QUICK)
        with outages_translated():
            stored = await upserted(guesses, account, _taking(self._policy))
        return 0.0 if stored["taken"] else max(stored["next_at"] - stored["now"], 0.001)

    @override
    async def give_back(self, account: str) -> None:
        guesses = self._database.collections.get_collection(_GUESSES, write_concern=_QUICK)
        with outages_translated():
            await guesses.update_one(
                {"_id": account, "count": {"$gt": 0}}, {"$inc": {"count": -1}, "$set": {"next_at": 0.0}}
            )

    @override
    async def remember(self, known: Collection[str]) -> None:
        expires_at = {"$add": ["$$NOW", _milliseconds(self._policy.known_for)]}
        clients = self._database.collections.get_collection(_KNOWN_CLIENTS, write_concern=_QUICK)
        with outages_translated():
            await clients.bulk_write(
                [
                    UpdateOne({"_id": name}, [{"$set": {"expires_at": expires_at}}], upsert=True)
                    for name in known
                ],
                ordered=False,
            )

    @override
    async def knows(self, known: Collection[str]) -> bool:
        # What other members have not seen yet counts, too.
        clients = self._database.collections.get_collection(_KNOWN_CLIENTS, read_concern=ReadConcern("local"))
        # The server deletes what has expired once a minute.
        current = {"_id": {"$in": list(known)}, "$expr": {"$gt": ["$expires_at", "$$NOW"]}}
        with outages_translated():
            return await clients.find_one(current, {"_id": 1}) is not None


def _taking(policy: GuessPolicy) -> list[dict[str, Any]]:
    forgotten_at = {"$add": ["$last_at", policy.forgotten.total_seconds()]}
    power = {"$pow": [2, {"$min": [{"$subtract": ["$count", policy.free]}, 30]}]}
    growing = {"$min": [{"$multiply": [policy.first.total_seconds(), power]}, policy.longest.total_seconds()]}
    wait = {"$cond": [{"$lt": ["$count", policy.free]}, 0.0, growing]}
    return [
        {"$set": {"now": _NOW, "last_at": {"$ifNull": ["$last_at", 0.0]}}},
        {"$set": {"count": {"$cond": [{"$gt": [forgotten_at, "$now"]}, {"$ifNull": ["$count", 0]}, 0]}}},
        {"$set": {"taken": {"$lte": [{"$ifNull": ["$next_at", 0.0]}, "$now"]}}},
        {"$set": {"count": {"$add": ["$count", {"$cond": ["$taken", 1, 0]}]}}},
        {
            "$set": {
                "last_at": {"$cond": ["$taken", "$now", "$last_at"]},
                "next_at": {"$cond": ["$taken", {"$add": ["$now", wait]}, "$next_at"]},
            }
        },
        {"$set": {"expires_at": {"$toDate": {"$toLong": {"$multiply": [forgotten_at, 1000]}}}}},
    ]


def _milliseconds(time: timedelta) -> int:
    return int(time.total_seconds() * 1000)
