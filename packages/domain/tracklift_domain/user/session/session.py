"""The sessions in which a user is logged in."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.access.caller import AccessToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A chain of refresh tokens that began with one log-in. Only the newest token of the chain is valid.

    `token_hash` is the SHA-256 of that token's secret in hexadecimal digits. A replaced token that
    is used again is a sign of theft (RFC 9700, section 4.14.2): it ends the session.
    """

    id: SessionId
    user_id: UserId
    token_hash: str
    created_at: datetime
    expires_at: datetime
    device: str | None = None
    """The program and system that began it, such as "Firefox on Linux", so that its user can tell sessions apart."""
    last_used_at: datetime | None = None
    """When the refresh token was last replaced; `None`: never."""
    revision: int = 1

    def rotate(self, now: datetime, *, token_hash: str, lasts: timedelta) -> "Session":
        """Replace the refresh token."""
        return replace(
            self,
            token_hash=token_hash,
            expires_at=now + lasts,
            last_used_at=now,
            revision=self.revision + 1,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """The result of a log-in: an access token, and the refresh token for the next one."""

    access: AccessToken
    refresh: str
    refresh_expires_in: int
    """How long the refresh token lasts from now, in seconds."""
