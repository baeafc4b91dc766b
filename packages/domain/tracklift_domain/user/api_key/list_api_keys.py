"""Lists API keys."""

from collections.abc import Sequence

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.api_key.api_key import ApiKey
from tracklift_domain.user.api_key.ports import ApiKeyRepository


class ListApiKeys:
    """Gives the caller's API keys."""

    def __init__(self, *, keys: ApiKeyRepository) -> None:
        self._keys = keys

    async def __call__(self, caller: Caller) -> Sequence[ApiKey]:
        """Give all keys, newest first. Raises `InsufficientScopeError` when an API key calls."""
        caller.require(None)
        return await self._keys.list_of(caller.user_id)
