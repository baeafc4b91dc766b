"""Tells who makes a request."""

from tracklift_domain.clock import Clock
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.ended_access import EndedAccess
from tracklift_domain.user.access.errors import InvalidTokenError
from tracklift_domain.user.access.ports import AccessTokenVerifier


class IdentifyCaller:
    """Identifies the caller by an access token, without asking another service."""

    def __init__(
        self, *, verifier: AccessTokenVerifier, clock: Clock, ended_access: EndedAccess | None = None
    ) -> None:
        """Take the record of ended sessions; without it, tokens are valid until they expire."""
        self._verifier = verifier
        self._clock = clock
        self._ended_access = ended_access

    def __call__(self, access_token: str) -> Caller:
        """Give the caller.

        Raises:
            InvalidTokenError: the token is not valid, or its kind `TokenExpiredError`; or its session has ended.
            ServiceUnavailableError: the record of ended sessions has not been read yet.
        """
        caller = self._verifier.verify(access_token, self._clock.now())
        if self._ended_access is not None and self._ended_access.has_ended(caller):
            raise InvalidTokenError(SESSION_ENDED)
        return caller


SESSION_ENDED = "its session has ended."
"""Why a token that has not expired is refused."""
