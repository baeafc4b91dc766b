"""What API keys need from the outside world."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tracklift_domain.events import Event
from tracklift_domain.identifiers import ApiKeyId, UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.api_key.api_key import ApiKey


class ApiKeyRepository(Protocol):
    """Keeps API keys by the hashes of their texts. Each write is atomic with its events and durable once it returns.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def add(self, key: ApiKey, *, at_most: int) -> None:
        """Store a new key, exactly also under concurrent calls.

        Raises:
            TooManyApiKeysError: its user already has `at_most` keys, expired ones included.
            UserNotFoundError: its user is gone.
        """

    @abstractmethod
    async def get_by_hash(self, key_hash: str) -> ApiKey:
        """Give a key. Raises `ApiKeyNotFoundError`."""

    @abstractmethod
    async def list_of(self, user_id: UserId) -> Sequence[ApiKey]:
        """Give all keys of a user, newest first."""

    @abstractmethod
    async def note_use(self, key_id: ApiKeyId, at: datetime) -> None:
        """Store when a key was used. A key that is gone is not an error."""

    @abstractmethod
    async def remove(self, key: ApiKey, events: Sequence[Event] = ()) -> None:
        """Delete a key. Raises `ApiKeyNotFoundError`, and stores no event then."""

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete the keys that expired before a time, and give their number."""


class ApiKeyVerifier(Protocol):
    """Identifies the owner of an API key by the hash of its text.

    Raises:
        ServiceUnavailableError: from `verify`, when the keys can't be looked up.
        TooBusyError: from `verify`, when too many are being looked up.
    """

    @abstractmethod
    async def verify(self, key_hash: str) -> Caller:
        """Give the caller that the key names, with its scopes and expiry.

        Raises:
            InvalidApiKeyError: there is no such key, or it was revoked.
            ApiKeyExpiredError: it has expired.
        """
