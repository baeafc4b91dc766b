"""How sessions are opened and carried on: what logging in and refreshing have in common."""

import hashlib
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import IdentifierSource, SessionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.ports import AccessTokenIssuer
from tracklift_domain.user.session.ports import SessionRepository
from tracklift_domain.user.session.session import Session, TokenPair
from tracklift_domain.user.user import User


def hash_secret(secret: str) -> str:
    """Hash a refresh token's secret for storage. SHA-256 is enough: the secret is random, so no guessing finds it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split_refresh_token(token: str) -> tuple[SessionId, str]:
    """Take a refresh token apart into its session's id and its secret; both may be empty.

    A token with other than ASCII characters was not made here: it gives none of the two.
    """
    session_id, _, secret = token.partition(".") if token.isascii() else ("", "", "")
    return SessionId(session_id), secret


class SessionKeeper:
    """Gives out pairs of tokens and keeps the sessions behind them."""

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        issuer: AccessTokenIssuer,
        clock: Clock,
        identifiers: IdentifierSource,
        lasts: timedelta,
    ) -> None:
        """Make the keeper; a session lasts that long after its last refresh."""
        self._sessions = sessions
        self._issuer = issuer
        self._clock = clock
        self._identifiers = identifiers
        self._lasts = lasts

    async def open(self, user: User, device: str | None = None) -> TokenPair:
        """Begin a session on a device. Raises `UserNotFoundError` when the user was deleted meanwhile."""
        now = self._clock.now()
        secret = self._identifiers.secret()
        session = Session(
            id=SessionId(self._identifiers.new()),
            user_id=user.id,
            token_hash=hash_secret(secret),
            created_at=now,
            expires_at=now + self._lasts,
            device=device,
        )
        await self._sessions.add(session)
        return self._pair(user, session, secret)

    async def carry_on(self, session: Session, user: User) -> TokenPair:
        """Replace the session's refresh token. Raises `SessionNotFoundError` when somebody else just did."""
        secret = self._identifiers.secret()
        rotated = session.rotate(self._clock.now(), token_hash=hash_secret(secret), lasts=self._lasts)
        await self._sessions.replace(rotated)
        return self._pair(user, rotated, secret)

    async def discard(self, pair: TokenPair) -> None:
        """End a session that was opened and must not have been."""
        session_id, _ = split_refresh_token(pair.refresh)
        await self._sessions.remove(session_id)

    def _pair(self, user: User, session: Session, secret: str) -> TokenPair:
        caller = Caller(
            user_id=user.id,
            email=user.email,
            email_verified=user.email_verified_at is not None,
            session_id=session.id,
            role=user.role,
        )
        access = self._issuer.issue(caller, self._clock.now())
        return TokenPair(
            access=access,
            refresh=f"{session.id}.{secret}",
            refresh_expires_in=int(self._lasts.total_seconds()),
        )
