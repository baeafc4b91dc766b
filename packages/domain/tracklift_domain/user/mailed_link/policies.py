"""The bounds of links in mails."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedTokenPolicy:
    """How long the tokens in mails hold, and how many of them a user may have."""

    password_reset_lasts: timedelta = timedelta(hours=1)
    """Short, since a reader of the mail in this time has the account (OWASP, Forgot Password Cheat Sheet)."""
    email_verification_lasts: timedelta = timedelta(hours=24)
    """Also for a new address."""
    invitation_lasts: timedelta = timedelta(days=7)
    """People are invited who do not wait for it."""
    unexpired_per_user: int = 5
    """Of one purpose, used ones included: so many mails an address gets at most in the time that a token lasts."""
    remembered: timedelta = timedelta(days=7)
    """How long an expired token is still told apart from one that never was."""
