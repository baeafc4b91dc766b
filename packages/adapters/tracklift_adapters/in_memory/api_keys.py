from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from typing_extensions import override

from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ApiKeyId, UserId
from tracklift_domain.user.api_key.api_key import ApiKey
from tracklift_domain.user.api_key.errors import ApiKeyNotFoundError, TooManyApiKeysError
from tracklift_domain.user.api_key.ports import ApiKeyRepository
from tracklift_domain.user.errors import UserNotFoundError


class InMemoryApiKeyRepository(ApiKeyRepository):
    """Keeps the API keys of an in-memory repository's users, and drops those of a user who is removed."""

    def __init__(self, users: InMemoryUserRepository, outbox: InMemoryOutbox) -> None:
        self._users = users
        self._outbox = outbox
        self._keys: dict[ApiKeyId, ApiKey] = {}
        users.when_removed(self.remove_of)

    @override
    async def add(self, key: ApiKey, *, at_most: int) -> None:
        if key.user_id not in self._users:
            raise UserNotFoundError(key.user_id)
        if any(other.id == key.id or other.key_hash == key.key_hash for other in self._keys.values()):
            raise ValueError(f"API key {key.id} is stored already")
        if len(await self.list_of(key.user_id)) >= at_most:
            raise TooManyApiKeysError(at_most)
        self._keys[key.id] = key

    @override
    async def get_by_hash(self, key_hash: str) -> ApiKey:
        for key in self._keys.values():
            if key.key_hash == key_hash:
                return key
        raise ApiKeyNotFoundError(key_hash)

    @override
    async def list_of(self, user_id: UserId) -> Sequence[ApiKey]:
        owned = [key for key in self._keys.values() if key.user_id == user_id]
        return sorted(owned, key=lambda key: (key.created_at, key.id), reverse=True)

    @override
    async def note_use(self, key_id: ApiKeyId, at: datetime) -> None:
        if key_id in self._keys:
            self._keys[key_id] = replace(self._keys[key_id], last_used_at=at)

    @override
    async def remove(self, key: ApiKey, events: Sequence[Event] = ()) -> None:
        if self._keys.pop(key.id, None) is None:
            raise ApiKeyNotFoundError(key.id)
        self._outbox.store(events)

    @override
    async def forget_before(self, time: datetime) -> int:
        return self._keep(lambda key: key.expires_at is None or key.expires_at >= time)

    def remove_of(self, user_id: UserId) -> None:
        """Delete all keys of a user."""
        self._keep(lambda key: key.user_id != user_id)

    def _keep(self, wanted: Callable[[ApiKey], bool]) -> int:
        kept = {key_id: key for key_id, key in self._keys.items() if wanted(key)}
        dropped = len(self._keys) - len(kept)
        self._keys = kept
        return dropped
