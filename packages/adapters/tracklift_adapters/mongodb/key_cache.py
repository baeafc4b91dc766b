from collections.abc import Mapping
from typing import Any

from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated

_ID = "published"


class MongoKeyCache:
    """Remembers the published keys of auth, so that a gateway that starts while auth is down knows them."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    async def load(self) -> Mapping[str, Any] | None:
        """Give the keys that were stored last, `None` if none ever were."""
        with outages_translated():
            document = await self._database.collections["keys"].find_one({"_id": _ID})
        return None if document is None else {"keys": document["keys"]}

    async def store(self, keys: Mapping[str, Any]) -> None:
        """Remember keys in place of those of before."""
        with outages_translated():
            await self._database.collections["keys"].replace_one(
                {"_id": _ID}, {"keys": list(keys["keys"])}, upsert=True
            )
