"""A user: the account, its address, role and limits."""

from dataclasses import dataclass, replace
from datetime import datetime

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.quota import NO_QUOTA, UserQuota
from tracklift_domain.user.role import Role

NO_PASSWORD = ""
"""The hash of a user who has no password. It matches no password, in older releases either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user who may convert videos. The password is kept only as a hash with its parameters (PHC string)."""

    id: UserId
    email: EmailAddress
    password_hash: str
    created_at: datetime
    email_verified_at: datetime | None = None
    """When the address was verified; `None`: never."""
    role: Role = Role.USER
    disabled_at: datetime | None = None
    """Since when the user is disabled; `None`: the user may sign in."""
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
        """Whether the account, made by an admin, was never used: only a link in a mail gives access to it."""
        return not self.has_password and self.email_verified_at is None

    def with_password_hash(self, password_hash: str) -> "User":
        """Give the user with another hash."""
        return replace(self, password_hash=password_hash, revision=self.revision + 1)

    def with_verified_email(self, now: datetime) -> "User":
        """Give the user with a verified address; the time of the first verification stays."""
        verified_at = self.email_verified_at or now
        return replace(self, email_verified_at=verified_at, revision=self.revision + 1)

    def with_reset_password(self, password_hash: str, now: datetime) -> "User":
        """Give the user with another hash after the use of a mailed link, which verifies the address too."""
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
        """Give the disabled user; the time of the first disabling stays."""
        return replace(self, disabled_at=self.disabled_at or now, revision=self.revision + 1)

    def enabled(self) -> "User":
        """Give the enabled user."""
        return replace(self, disabled_at=None, revision=self.revision + 1)
