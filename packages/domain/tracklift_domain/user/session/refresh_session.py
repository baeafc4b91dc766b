"""Continues a session with its refresh token."""

import hmac

from tracklift_domain.clock import Clock
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.session.errors import InvalidGrantError, SessionNotFoundError
from tracklift_domain.user.session.ports import SessionRepository
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.session.session_keeper import SessionKeeper, hash_secret, split_refresh_token


class RefreshSession:
    """Gives new tokens for a refresh token, which is single-use (rotation, RFC 9700, section 4.14.2)."""

    def __init__(
        self, *, users: UserRepository, sessions: SessionRepository, keeper: SessionKeeper, clock: Clock
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._keeper = keeper
        self._clock = clock

    async def __call__(self, refresh_token: str) -> TokenPair:
        """Refresh. A token that was used before ends its session, since it may have been stolen.

        Raises:
            InvalidGrantError: the token is unknown, used, expired or revoked.
        """
        session_id, secret = split_refresh_token(refresh_token)
        try:
            session = await self._sessions.get(session_id)
            if session.expires_at <= self._clock.now():
                raise InvalidGrantError
            if not hmac.compare_digest(session.token_hash, hash_secret(secret)):
                await self._sessions.remove(
                    session.id, [SessionsEnded.of(session.user_id, session.id, self._clock.now())]
                )
                raise InvalidGrantError
            user = await self._users.get(session.user_id)
            if user.is_disabled:
                # The session was begun while the account was being disabled.
                raise InvalidGrantError
            return await self._keeper.carry_on(session, user)
        except (SessionNotFoundError, UserNotFoundError) as error:
            raise InvalidGrantError from error
