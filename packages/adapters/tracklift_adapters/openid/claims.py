"""Who an ID token says that somebody is."""

from collections.abc import Mapping
from typing import Any

from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.sign_in_provider.errors import InvalidIdTokenError
from tracklift_domain.user.sign_in_provider.external_identity import LONGEST_SUBJECT, ProviderAccount


def read_account(claims: Mapping[str, Any], told: Mapping[str, Any]) -> ProviderAccount:
    """Read the account out of verified claims, and its address out of what the provider tells.

    Both the address and whether it is verified are of `told`: else one of two addresses would vouch for the other.

    Raises:
        InvalidIdTokenError: the subject is none.
    """
    subject, verified = claims["sub"], told.get("email_verified")
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
        raise InvalidIdTokenError("the claim sub of its ID token is not valid.")
    return ProviderAccount(
        issuer=claims["iss"],
        subject=subject,
        email=_address(told.get("email")),
        # Some providers write it as a text.
        email_verified=verified is True or verified == "true",
    )


def _address(email: object) -> EmailAddress | None:
    try:
        return EmailAddress(email) if isinstance(email, str) else None
    except InvalidEmailAddressError:
        return None
