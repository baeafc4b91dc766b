"""Who owns a conversion."""

from dataclasses import dataclass

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The user who uploaded the video, with the address for mails, so that no worker has to look the user up."""

    user_id: UserId
    email: EmailAddress
    email_verified: bool
    """Whether the address is verified; if not, the outcome is not mailed."""
