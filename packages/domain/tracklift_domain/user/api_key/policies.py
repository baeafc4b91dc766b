"""The bounds of API keys."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyPolicy:
    """How many API keys a user may have, and how long expired ones are listed."""

    per_user: int = 20
    """Expired ones included."""
    listed: timedelta = timedelta(days=30)
    """How long an expired key stays in the list, so that its owner sees why a script is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedKeyPolicy:
    """How long cached API keys are valid, and how many are cached."""

    fresh: timedelta = timedelta(seconds=30)
    """A revoked key works for at most this long and one look-up, together less than 60 s."""
    outage: timedelta = timedelta(minutes=15)
    """How long a cached key works while it can't be looked up: the default lifetime of an access token."""
    retry: timedelta = timedelta(seconds=5)
    """The pause after a failed look-up of a cached key."""
    known: int = 10_000
    """Keys; about 1 KiB each."""
    unknown: int = 10_000
    """Hashes of no key; cached separately, so that a flood of them displaces no key."""
    look_ups: int = 32
    """Concurrent look-ups of keys that are not cached."""
