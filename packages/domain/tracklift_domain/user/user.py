"""A user, the sessions in which one is logged in, and the caller that a token names."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InsufficientRoleError, InsufficientScopeError
from tracklift_domain.user.quota import NO_QUOTA, UserQuota
from tracklift_domain.user.role import Role
from tracklift_domain.user.scope import Scope

NO_PASSWORD = ""
"""Stands for the hash of a user who signs in with a provider only. It matches no password, in older releases too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may convert videos. The password is kept only as a hash with its parameters (PHC string)."""

    id: UserId
    email: EmailAddress
    password_hash: str
    created_at: datetime
    email_verified_at: datetime | None = None
    """When it was proved that the user gets the address's mail; `None` if it never was."""
    role: Role = Role.USER
    disabled_at: datetime | None = None
    """Since when the user may not sign in; `None`: the user may."""
    quota: UserQuota = NO_QUOTA
    """Limits of the user's own."""
    revision: int = 1

    @property
    def is_disabled(self) -> bool:
        """Whether the user may not sign in."""
        return self.disabled_at is not None

    @property
    def has_password(self) -> bool:
        """Whether the user can log in with a password."""
        return self.password_hash != NO_PASSWORD

    @property
    def is_unclaimed(self) -> bool:
        """Whether no user can have used the account yet, which an admin has made: only its mail leads into it."""
        return not self.has_password and self.email_verified_at is None

    def with_password_hash(self, password_hash: str) -> "User":
        """Give the user with another hash."""
        return replace(self, password_hash=password_hash, revision=self.revision + 1)

    def with_verified_email(self, now: datetime) -> "User":
        """Give the user with a verified address; it stays verified since the first time."""
        verified_at = self.email_verified_at or now
        return replace(self, email_verified_at=verified_at, revision=self.revision + 1)

    def with_reset_password(self, password_hash: str, now: datetime) -> "User":
        """Give the user with another hash, for which a link in a mail was used: that verifies the address too."""
        return replace(self.with_verified_email(now), password_hash=password_hash)

    def with_email(self, email: EmailAddress, now: datetime) -> "User":
        """Give the user with another address, which is verified."""
        return replace(self, email=email, email_verified_at=now, revision=self.revision + 1)

    def with_role(self, role: Role) -> "User":
        """Give the user with another role."""
        return replace(self, role=role, revision=self.revision + 1)

    def with_quota(self, quota: UserQuota) -> "User":
        """Give the user with other limits."""
        return replace(self, quota=quota, revision=self.revision + 1)

    def disabled(self, now: datetime) -> "User":
        """Give the user who may not sign in, since the first time."""
        return replace(self, disabled_at=self.disabled_at or now, revision=self.revision + 1)

    def enabled(self) -> "User":
        """Give the user who may sign in."""
        return replace(self, disabled_at=None, revision=self.revision + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A chain of refresh tokens that began with one log-in. Only the newest token of the chain is good.

    `token_hash` is the SHA-256 of that token's secret in hexadecimal digits. A token that was replaced and
    is shown again is a sign of theft (RFC 9700, section 4.14.2): it ends the session.
    """

    id: SessionId
    user_id: UserId
    token_hash: str
    created_at: datetime
    expires_at: datetime
    device: str | None = None
    """What the session was begun with, such as "Firefox on Linux", for its user to tell sessions apart."""
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
class Caller:
    """Who makes a request, as a verified access token or API key tells."""

    user_id: UserId
    email: EmailAddress
    email_verified: bool = False
    """Whether it was proved, when the token was signed, that the user gets the address's mail."""
    session_id: SessionId | None = None
    """The session that the token belongs to, if it says so, or the id of the API key: what it opened ends with it."""
    expires_at: datetime | None = field(default=None, compare=False)
    """When the time of the token or key is over; `None` if it has no end, or if neither named the caller."""
    scopes: frozenset[Scope] | None = None
    """What the API key allows; `None`: the user is logged in and may do everything."""
    role: Role = Role.USER
    """As it was when the token was signed, or the API key was looked up."""
    issued_at: datetime | None = field(default=None, compare=False)
    """When the token was signed; `None` for an API key."""

    def require(self, scope: Scope | None) -> None:
        """Refuse an API key without the scope, or any API key where no scope is enough (`None`).

        Raises:
            InsufficientScopeError: the caller lacks the scope.
        """
        if self.scopes is not None and (scope is None or scope not in self.scopes):
            raise InsufficientScopeError(scope)

    def require_role(self, role: Role) -> None:
        """Refuse a user of a lower role, as the token names it; one that was taken away ends the token in seconds.

        Raises:
            InsufficientScopeError: an API key called.
            InsufficientRoleError: the role is a lower one.
        """
        self.require(None)
        if not self.role.includes(role):
            raise InsufficientRoleError(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A signed access token and how long it lasts from now, in seconds."""

    value: str
    expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """What a log-in gives: an access token and the refresh token for the next one."""

    access: AccessToken
    refresh: str
    refresh_expires_in: int
    """How long the refresh token lasts from now, in seconds."""
