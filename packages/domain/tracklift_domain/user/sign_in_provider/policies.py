"""The bounds of sign-ins on devices."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSignInPolicy:
    """How long a device may wait for its user to sign in elsewhere, and how many may wait at once."""

    lasts: timedelta = timedelta(minutes=15)
    """Enough to find another device; a provider may allow less."""
    pending: int = 1000
    """Of all clients, at each process of auth: so many may begin in the time that one lasts."""
