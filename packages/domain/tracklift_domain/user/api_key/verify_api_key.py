"""Identifies the owner of an API key, where the keys are stored."""

import logging
from datetime import datetime

from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import SessionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.api_key.api_key import ApiKey
from tracklift_domain.user.api_key.errors import ApiKeyExpiredError, ApiKeyNotFoundError, InvalidApiKeyError
from tracklift_domain.user.api_key.ports import ApiKeyRepository, ApiKeyVerifier
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.ports import UserRepository

_log = logging.getLogger(__name__)


class VerifyApiKey(ApiKeyVerifier):
    """Looks a key up, and notes its use."""

    def __init__(self, *, keys: ApiKeyRepository, users: UserRepository, clock: Clock) -> None:
        self._keys = keys
        self._users = users
        self._clock = clock

    async def verify(self, key_hash: str) -> Caller:
        """Give the caller that the key names; for the errors see the port."""
        try:
            key = await self._keys.get_by_hash(key_hash)
            user = await self._users.get(key.user_id)
        except (ApiKeyNotFoundError, UserNotFoundError) as error:
            raise InvalidApiKeyError from error
        if user.is_disabled:
            raise InvalidApiKeyError("its account is disabled.", "Ask the operator.")
        now = self._clock.now()
        if key.expires_at is not None and key.expires_at <= now:
            raise ApiKeyExpiredError
        await self._note_use(key, now)
        return Caller(
            user_id=user.id,
            email=user.email,
            email_verified=user.email_verified_at is not None,
            session_id=SessionId(key.id),
            expires_at=key.expires_at,
            scopes=key.scopes,
            role=user.role,
        )

    async def _note_use(self, key: ApiKey, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if key.last_used_at is not None and key.last_used_at >= hour:
            return
        try:
            await self._keys.note_use(key.id, hour)
        except ServiceUnavailableError as error:
            # A storage that can be read but not written must not lock scripts out.
            _log.warning("The use of API key %s is not noted: %s", key.id, error)
