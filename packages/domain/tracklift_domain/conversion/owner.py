"""Who owns a conversion."""

from dataclasses import dataclass

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The user who uploaded the video, and where the mail goes: kept here so that no worker asks for the user."""

    user_id: UserId
    email: EmailAddress
    email_verified: bool
    """Whether it is proved that the user gets the address's mail; without that, the outcome is not mailed."""
