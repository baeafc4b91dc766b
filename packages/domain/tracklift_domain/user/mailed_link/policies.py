"""The bounds of links in mails."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedTokenPolicy:
    """How long tokens in mails are valid, and how many of them a user may have."""

    password_reset_lasts: timedelta = timedelta(hours=1)
    """Short, since a reader of the mail in this time can take over the account (OWASP, Forgot Password Cheat Sheet)."""
    email_verification_lasts: timedelta = timedelta(hours=24)
    """Also applies to a new address."""
    invitation_lasts: timedelta = timedelta(days=7)
    """Long, since invited people do not expect the mail."""
    unexpired_per_user: int = 5
    """Per purpose, used ones included. This also limits the mails to an address during the lifetime of a token."""
    remembered: timedelta = timedelta(days=7)
    """How long an expired token is still distinguished from an unknown one."""
