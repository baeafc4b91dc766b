"""What checking and ending access needs from the outside world."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tracklift_domain.user.access.caller import AccessToken, Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEnd:
    """The end of a user's, session's or API key's access before its tokens expire."""

    subject: str
    """The id of a user, which ends all of the user's access, or that of one session or API key."""
    ended_at: datetime
    recorded_at: datetime


class AccessEndRepository(Protocol):
    """Keeps early ends of access, for services that store neither users nor sessions.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, end: AccessEnd) -> None:
        """Store an end. If a subject is recorded more than once, the latest end and the latest record win."""

    @abstractmethod
    async def list_recorded_since(self, time: datetime, *, limit: int) -> Sequence[AccessEnd]:
        """Give at most `limit` ends that were recorded at or after this time, latest first."""

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete the ends before a time, and give their number."""


class AccessTokenIssuer(Protocol):
    """Signs access tokens."""

    @abstractmethod
    def issue(self, caller: Caller, now: datetime) -> AccessToken:
        """Sign a token that names the caller."""

    @abstractmethod
    def published_keys(self) -> Mapping[str, Any]:
        """Give the public keys as a JSON Web Key Set (RFC 7517)."""


class AccessTokenVerifier(Protocol):
    """Checks access tokens against the published keys, without a request to another service."""

    @abstractmethod
    def verify(self, token: str, now: datetime) -> Caller:
        """Give the caller that the token names, with its expiry.

        Raises:
            TokenExpiredError: it has expired.
            InvalidTokenError: it is malformed, altered, not signed with a known key by the expected algorithm, or made
                by another issuer or for another audience.
        """
