"""Logs out."""

import hmac

from tracklift_domain.clock import Clock
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.session.errors import SessionNotFoundError
from tracklift_domain.user.session.ports import SessionRepository
from tracklift_domain.user.session.session_keeper import hash_secret, split_refresh_token


class EndSession:
    """Revokes a refresh token (RFC 7009) and with it the session.

    The event ends access tokens that were issued before, and what they opened, such as event streams.
    """

    def __init__(self, *, sessions: SessionRepository, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def __call__(self, refresh_token: str) -> None:
        """End the token's session. An unknown token is not an error (RFC 7009, section 2.2)."""
        session_id, secret = split_refresh_token(refresh_token)
        try:
            session = await self._sessions.get(session_id)
        except SessionNotFoundError:
            return
        if hmac.compare_digest(session.token_hash, hash_secret(secret)):
            await self._sessions.remove(
                session_id, [SessionsEnded.of(session.user_id, session.id, self._clock.now())]
            )
