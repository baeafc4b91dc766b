"""The bounds of API keys."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyPolicy:
    """How many API keys a user may have, and how long expired ones are listed."""

    per_user: int = 20
    """Expired ones included."""
    listed: timedelta = timedelta(days=30)
    """How long an expired key stays in the list, so that its user sees why a script is refused."""


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
