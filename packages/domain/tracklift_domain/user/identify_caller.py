"""Tells who makes a request."""

from tracklift_domain.clock import Clock
from tracklift_domain.user.ports import AccessTokenVerifier
from tracklift_domain.user.user import Caller


class IdentifyCaller:
    """Tells by an access token who calls, without asking another service."""

    def __init__(self, *, verifier: AccessTokenVerifier, clock: Clock) -> None:
        self._verifier = verifier
        self._clock = clock

    def __call__(self, access_token: str) -> Caller:
        """Give the caller. Raises `InvalidTokenError` or its kind `TokenExpiredError`."""
        return self._verifier.verify(access_token, self._clock.now())
