from typing_extensions import override

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.ports import UserQuotas
from tracklift_domain.user.quota import UserQuota


class InMemoryUserQuotas(UserQuotas):
    """Remembers in the memory of this process which limits users have of their own."""

    def __init__(self) -> None:
        self._quotas: dict[UserId, tuple[int, UserQuota]] = {}

    @override
    async def record(self, user_id: UserId, quota: UserQuota, *, revision: int) -> None:
        known, _ = self._quotas.get(user_id, (0, quota))
        if revision > known:
            self._quotas[user_id] = revision, quota

    @override
    async def get(self, user_id: UserId) -> UserQuota:
        _, quota = self._quotas.get(user_id, (0, UserQuota()))
        return quota

    @override
    async def forget(self, user_id: UserId) -> None:
        self._quotas.pop(user_id, None)
