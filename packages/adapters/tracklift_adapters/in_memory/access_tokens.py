"""Access tokens remembered instead of signed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from typing_extensions import override

from tracklift_domain.user.access.caller import AccessToken, Caller
from tracklift_domain.user.access.errors import InvalidTokenError, TokenExpiredError
from tracklift_domain.user.access.ports import AccessTokenIssuer, AccessTokenVerifier

_CLOCK_SKEW = timedelta(seconds=30)
"""By how much the clock of one side may be ahead of the other's, as with signed tokens."""


class InMemoryAccessTokens(AccessTokenIssuer, AccessTokenVerifier):
    """Issues and verifies tokens of one process. Not secure: they are numbered, and anybody can guess them."""

    def __init__(self, *, lifetime: timedelta = timedelta(minutes=15)) -> None:
        self._lifetime = lifetime
        self._numbers = count(1)
        self._issued: dict[str, tuple[Caller, datetime]] = {}

    @override
    def issue(self, caller: Caller, now: datetime) -> AccessToken:
        token = f"in-memory-token-{next(self._numbers)}"
        self._issued[token] = (caller, now)
        return AccessToken(value=token, expires_in=int(self._lifetime.total_seconds()))

    @override
    def published_keys(self) -> Mapping[str, Any]:
        """Give an empty set: there are no keys."""
        return {"keys": []}

    @override
    def verify(self, token: str, now: datetime) -> Caller:
        if token not in self._issued:
            raise InvalidTokenError("it is not known.")
        caller, issued_at = self._issued[token]
        if issued_at > now + _CLOCK_SKEW:
            raise InvalidTokenError("its time has not come yet.")
        if issued_at + self._lifetime <= now:
            raise TokenExpiredError
        return replace(caller, expires_at=issued_at + self._lifetime, issued_at=issued_at)
