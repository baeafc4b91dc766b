"""Identifies the caller by a bearer token of either kind."""

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InvalidTokenError
from tracklift_domain.user.access.identify_caller import SESSION_ENDED, IdentifyCaller
from tracklift_domain.user.api_key.api_key import API_KEY_PREFIX, hash_api_key
from tracklift_domain.user.api_key.ports import ApiKeyVerifier
from tracklift_domain.user.session.errors import SessionNotFoundError
from tracklift_domain.user.session.ports import SessionRepository


class IdentifyBearer:
    """Identifies the caller by an access token or an API key."""

    def __init__(
        self,
        *,
        identify_caller: IdentifyCaller,
        keys: ApiKeyVerifier,
        sessions: SessionRepository | None = None,
    ) -> None:
        """With `sessions`, refuse a token as soon as its session has ended."""
        self._identify_caller = identify_caller
        self._keys = keys
        self._sessions = sessions

    async def __call__(self, bearer: str) -> Caller:
        """Give the caller.

        Raises:
            InvalidTokenError: the token or key is not valid; its subclasses say which and why.
            ServiceUnavailableError: the API key or the session can't be looked up, and is not cached.
            TooBusyError: too many API keys are being looked up.
        """
        if bearer.startswith(API_KEY_PREFIX):
            return await self._keys.verify(hash_api_key(bearer))
        caller = self.by_access_token(bearer)
        if self._sessions is not None and caller.session_id is not None:
            try:
                await self._sessions.get(caller.session_id)
            except SessionNotFoundError as error:
                raise InvalidTokenError(SESSION_ENDED) from error
        return caller

    def by_access_token(self, token: str) -> Caller:
        """Give the caller by an access token alone. Raises `InvalidTokenError`, for an API key as well."""
        return self._identify_caller(token)
