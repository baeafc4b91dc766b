"""Tokens in mailed links, which prove that their reader gets the mail of an address."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.mailed_link.errors import (
    InvalidMailedTokenError,
    MailedTokenExpiredError,
    MailedTokenUsedError,
)


class TokenPurpose(StrEnum):
    """The only purpose that a token is valid for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  # the name of a purpose
    ACCEPT_INVITATION = "accept_invitation"
    CHANGE_EMAIL = "change_email"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedToken:
    """A token that was mailed to a user, single-use and valid until it expires.

    Only the mail has the token itself. This is its SHA-256 in hexadecimal digits, by which it is looked up.
    """

    token_hash: str
    purpose: TokenPurpose
    user_id: UserId
    email: EmailAddress
    """The address it was mailed to, which is all that it verifies."""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def use(self, purpose: TokenPurpose, now: datetime) -> "MailedToken":
        """Give the used token.

        Raises:
            InvalidMailedTokenError: it is for another purpose.
            MailedTokenUsedError: it, or another one of its purpose, was used before.
            MailedTokenExpiredError: it has expired.
        """
        if self.purpose is not purpose:
            raise InvalidMailedTokenError
        if self.used_at is not None:
            raise MailedTokenUsedError
        if self.expires_at <= now:
            raise MailedTokenExpiredError
        return replace(self, used_at=now)


def hash_mailed_token(token: str) -> str:
    """Hash a token that a caller sent, to look it up. SHA-256 suffices: it is random, so it can't be guessed.

    Raises:
        InvalidMailedTokenError: it has non-ASCII characters, so it was not issued here.
    """
    if not token.isascii():
        raise InvalidMailedTokenError
    return hashlib.sha256(token.encode()).hexdigest()
