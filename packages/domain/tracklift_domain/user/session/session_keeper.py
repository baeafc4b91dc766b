"""Opening and continuing sessions: what log-ins and refreshes have in common."""

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
    """Hash a refresh token's secret for storage. SHA-256 suffices: the secret is random, so it can't be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split_refresh_token(token: str) -> tuple[SessionId, str]:
    """Split a refresh token into its session's id and its secret; both may be empty.

    A token with non-ASCII characters was not issued here: both are empty then.
    """
    session_id, _, secret = token.partition(".") if token.isascii() else ("", "", "")
    return SessionId(session_id), secret


class SessionKeeper:
    """Issues pairs of tokens and keeps their sessions."""

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        issuer: AccessTokenIssuer,
        clock: Clock,
        identifiers: IdentifierSource,
        lasts: timedelta,
    ) -> None:
        """Make the keeper; `lasts` is the lifetime of a session after its last refresh."""
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
        """Replace the session's refresh token. Raises `SessionNotFoundError` when another request just did."""
        secret = self._identifiers.secret()
        rotated = session.rotate(self._clock.now(), token_hash=hash_secret(secret), lasts=self._lasts)
        await self._sessions.replace(rotated)
        return self._pair(user, rotated, secret)

    async def discard(self, pair: TokenPair) -> None:
        """End a session that should not have been opened."""
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
