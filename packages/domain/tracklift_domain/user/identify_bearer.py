"""Tells who makes a request with a bearer token of either kind."""

from tracklift_domain.user.api_key import API_KEY_PREFIX, hash_api_key
from tracklift_domain.user.identify_caller import IdentifyCaller
from tracklift_domain.user.ports import ApiKeyVerifier
from tracklift_domain.user.user import Caller


class IdentifyBearer:
    """Tells by an access token or an API key who calls."""

    def __init__(self, *, identify_caller: IdentifyCaller, keys: ApiKeyVerifier) -> None:
        self._identify_caller = identify_caller
        self._keys = keys

    async def __call__(self, bearer: str) -> Caller:
        """Give the caller.

        Raises:
            InvalidTokenError: the token or key is not valid; its kinds say which and why.
            ServiceUnavailableError: the API key can't be looked up, and is not known.
            TooBusyError: too many API keys are being looked up.
        """
        if bearer.startswith(API_KEY_PREFIX):
            return await self._keys.verify(hash_api_key(bearer))
        return self.by_access_token(bearer)

    def by_access_token(self, token: str) -> Caller:
        """Give the caller by an access token alone. Raises `InvalidTokenError`, for an API key as well."""
        return self._identify_caller(token)
