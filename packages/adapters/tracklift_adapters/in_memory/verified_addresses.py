from typing_extensions import override

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.ports import VerifiedAddresses


class InMemoryVerifiedAddresses(VerifiedAddresses):
    """Remembers in the memory of this process whose address was verified."""

    def __init__(self) -> None:
        self._addresses: dict[UserId, EmailAddress] = {}

    @override
    async def record(self, user_id: UserId, email: EmailAddress) -> None:
        self._addresses[user_id] = email

    @override
    async def contains(self, user_id: UserId, email: EmailAddress) -> bool:
        return self._addresses.get(user_id) == email

    @override
    async def forget(self, user_id: UserId) -> None:
        self._addresses.pop(user_id, None)
