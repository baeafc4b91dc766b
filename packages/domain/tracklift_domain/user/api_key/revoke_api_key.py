"""Revokes an API key."""

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import ApiKeyId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.api_key.errors import ApiKeyNotFoundError
from tracklift_domain.user.api_key.ports import ApiKeyRepository


class RevokeApiKey:
    """Deletes one of the caller's API keys, and ends the event streams that it opened."""

    def __init__(self, *, keys: ApiKeyRepository, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    async def __call__(self, caller: Caller, key_id: ApiKeyId) -> None:
        """Revoke the key.

        Raises:
            InsufficientScopeError: an API key called.
            ApiKeyNotFoundError: the user has no such key.
        """
        caller.require(None)
        for key in await self._keys.list_of(caller.user_id):
            if key.id == key_id:
                await self._keys.remove(key, [SessionsEnded.of(caller.user_id, key.id, self._clock.now())])
                return
        raise ApiKeyNotFoundError(key_id)
