"""What checking and ending access needs from the outside world."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tracklift_domain.user.access.caller import AccessToken, Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEnd:
    """That access ended at a time, before that of its tokens was over."""

    subject: str
    """The id of a user, all of whose access ended, or that of one session or API key."""
    ended_at: datetime
    recorded_at: datetime


class AccessEndRepository(Protocol):
    """Keeps whose access ended when, for services that know no users and no sessions.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, end: AccessEnd) -> None:
        """Store an end. Of several of one subject the latest time counts, and the latest record of it."""

    @abstractmethod
    async def list_recorded_since(self, time: datetime, *, limit: int) -> Sequence[AccessEnd]:
        """Give at most `limit` ends that were recorded at this time or later, the latest first."""

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete the ends before a time, and give how many there were."""


class AccessTokenIssuer(Protocol):
    """Signs access tokens."""

    @abstractmethod
    def issue(self, caller: Caller, now: datetime) -> AccessToken:
        """Sign a token that names the caller."""

    @abstractmethod
    def published_keys(self) -> Mapping[str, Any]:
        """Give the public keys as a JSON Web Key Set (RFC 7517)."""


class AccessTokenVerifier(Protocol):
    """Checks access tokens against the published keys, without asking anybody."""

    @abstractmethod
    def verify(self, token: str, now: datetime) -> Caller:
        """Give the caller that the token names, and until when.

        Raises:
            TokenExpiredError: its time is over.
            InvalidTokenError: it is malformed, altered, not signed with a known key by the expected algorithm, or made
                by another issuer or for another audience.
        """
