from typing_extensions import override

from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.ports import VerifiedAddresses

_COLLECTION = "verified_addresses"


class MongoVerifiedAddresses(VerifiedAddresses):
    """Keeps one document for each user whose address was verified."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    @override
    async def record(self, user_id: UserId, email: EmailAddress) -> None:
        with outages_translated():
            await self._database.collections[_COLLECTION].replace_one(
                {"_id": user_id}, {"email": email.value}, upsert=True
            )

    @override
    async def contains(self, user_id: UserId, email: EmailAddress) -> bool:
        wanted = {"_id": user_id, "email": email.value}
        with outages_translated():
            return await self._database.collections[_COLLECTION].find_one(wanted) is not None

    @override
    async def forget(self, user_id: UserId) -> None:
        with outages_translated():
            await self._database.collections[_COLLECTION].delete_one({"_id": user_id})
