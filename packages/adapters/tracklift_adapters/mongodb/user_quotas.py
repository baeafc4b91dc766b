from dataclasses import asdict, fields

from pymongo.errors import DuplicateKeyError
from typing_extensions import override

from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.ports import UserQuotas
from tracklift_domain.user.quota import UserQuota

_COLLECTION = "user_quotas"


class MongoUserQuotas(UserQuotas):
    """Keeps one document for each user for whom limits were ever set."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    @override
    async def record(self, user_id: UserId, quota: UserQuota, *, revision: int) -> None:
        older = {"_id": user_id, "revision": {"$lt": revision}}
        document = {**asdict(quota), "revision": revision}
        while True:
            try:
                with outages_translated():
                    await self._database.collections[_COLLECTION].replace_one(older, document, upsert=True)
            except DuplicateKeyError:
                # There is one that is not older; or another process was the first as well, with an older one.
                with outages_translated():
                    found = await self._database.collections[_COLLECTION].find_one(older)
                if found is not None:
                    continue
            return

    @override
    async def get(self, user_id: UserId) -> UserQuota:
        with outages_translated():
            found = await self._database.collections[_COLLECTION].find_one({"_id": user_id}) or {}
        return UserQuota(**{field.name: found.get(field.name) for field in fields(UserQuota)})

    @override
    async def forget(self, user_id: UserId) -> None:
        with outages_translated():
            await self._database.collections[_COLLECTION].delete_one({"_id": user_id})
