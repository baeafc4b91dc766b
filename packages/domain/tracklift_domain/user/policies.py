"""The bounds of links in mails, of API keys and of sign-ins on devices."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyPolicy:
    """How many API keys a user may have, and how long expired ones are listed."""

    per_user: int = 20
    """Expired ones included."""
    listed: timedelta = timedelta(days=30)
    """How long an expired key stays in the list, so that its user sees why a script is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSignInPolicy:
    """How long a device may wait for its user to sign in elsewhere, and how many may wait at once."""

    lasts: timedelta = timedelta(minutes=15)
    """Enough to find another device; a provider may allow less."""
    pending: int = 1000
    """Of all clients, at each process of auth: so many may begin in the time that one lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedKeyPolicy:
    """How long what is known of API keys holds, and how much of it is kept."""

    fresh: timedelta = timedelta(seconds=30)
    """A revoked key works no longer than this and one look-up, which is to end within 60 s of the revocation."""
    outage: timedelta = timedelta(minutes=15)
    """How long a known key works while it can't be looked up: as long as an access token lasts by default."""
    retry: timedelta = timedelta(seconds=5)
    """The pause between two look-ups of a known key that fail."""
    known: int = 10_000
    """Keys; about 1 KiB each."""
    unknown: int = 10_000
    """Hashes that belong to no key; kept apart, so that a flood of them displaces no key."""
    look_ups: int = 32
    """Of keys that are not known, at once."""
