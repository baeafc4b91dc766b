"""Makes an API key."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import ApiKeyId, IdentifierSource
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.api_key.api_key import ApiKey, hash_api_key, write_api_key
from tracklift_domain.user.api_key.errors import InvalidApiKeyFieldError
from tracklift_domain.user.api_key.policies import ApiKeyPolicy
from tracklift_domain.user.api_key.ports import ApiKeyRepository

LONGEST_NAME = 100
"""Characters."""
_LATEST = timedelta(days=3660)
"""Ten years. A key that should last longer is made without an expiry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A new key, and its text, which is not stored."""

    key: ApiKey
    text: str


class CreateApiKey:
    """Makes a key for the caller."""

    def __init__(
        self,
        *,
        keys: ApiKeyRepository,
        clock: Clock,
        identifiers: IdentifierSource,
        policy: ApiKeyPolicy,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._identifiers = identifiers
        self._policy = policy

    async def __call__(
        self, caller: Caller, *, name: str, scopes: Collection[Scope], expires_at: datetime | None = None
    ) -> NewApiKey:
        """Make a key.

        Raises:
            InsufficientScopeError: an API key called. A stolen key must not make keys that outlive it.
            InvalidApiKeyFieldError: the name, the scopes or the expiry is not valid.
            TooManyApiKeysError: the user has too many.
            UserNotFoundError: the account was deleted while the access token is still valid.
        """
        caller.require(None)
        now = self._clock.now()
        text = write_api_key(self._identifiers.secret())
        key = ApiKey(
            id=ApiKeyId(self._identifiers.new()),
            user_id=caller.user_id,
            name=_checked_name(name),
            scopes=_checked_scopes(scopes),
            key_hash=hash_api_key(text),
            created_at=now,
            expires_at=_checked_end(expires_at, now),
        )
        await self._keys.add(key, at_most=self._policy.per_user)
        return NewApiKey(key=key, text=text)


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not 0 < len(stripped) <= LONGEST_NAME or not stripped.isprintable():
        raise InvalidApiKeyFieldError("name", f"has 1 to {LONGEST_NAME} printable characters.")
    return stripped


def _checked_scopes(scopes: Collection[Scope]) -> frozenset[Scope]:
    if not scopes:
        raise InvalidApiKeyFieldError("scopes", f"has at least one of {', '.join(Scope)}.")
    return frozenset(scopes)


def _checked_end(expires_at: datetime | None, now: datetime) -> datetime | None:
    if expires_at is None:
        return None
    if expires_at.tzinfo is None:
        raise InvalidApiKeyFieldError("expires_at", "needs an offset from UTC, such as Z.")
    if not now < expires_at <= now + _LATEST:
        raise InvalidApiKeyFieldError("expires_at", "lies in the future, and at most ten years ahead.")
    return expires_at.astimezone(UTC)
