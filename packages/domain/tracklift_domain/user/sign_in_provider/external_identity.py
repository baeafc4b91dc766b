"""A user's account at a sign-in provider."""

from dataclasses import dataclass
from datetime import datetime

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress

LONGEST_ISSUER = 255
"""Characters of the URL that names a provider."""
LONGEST_SUBJECT = 255
"""ASCII characters (OpenID Connect Core 1.0, section 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAccount:
    """An account at a provider, from a verified ID token.

    Only issuer and subject identify it permanently: its address may change, and may later belong to another person.
    """

    issuer: str
    subject: str
    email: EmailAddress | None = None
    """`None` if the provider gives no address, or an invalid one."""
    email_verified: bool = False
    """Whether the provider states that it has verified the address."""

    @property
    def verified_email(self) -> EmailAddress | None:
        """The address, if the provider has verified it."""
        return self.email if self.email_verified else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIdentity:
    """The account at a provider with which a user signs in. It belongs to one user; a user may have several."""

    issuer: str
    subject: str
    user_id: UserId
    created_at: datetime
