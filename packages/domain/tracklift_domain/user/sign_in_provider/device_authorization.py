"""Signing in with a provider on a device that has no browser (RFC 8628)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracklift_domain.user.sign_in_provider.sign_in_attempt import SignInAttempt


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorization:
    """What a device shows to its user, and by which it asks whether the user has signed in (RFC 8628, section 3.2)."""

    device_code: str = field(repr=False)
    """For the device alone: a client that has it gets the session."""
    user_code: str
    """To be entered at `verification_uri`, in a browser anywhere."""
    verification_uri: str
    verification_uri_complete: str | None = None
    """The same with the code in it, where the provider has such an address."""
    expires_in: timedelta
    interval: timedelta
    """Between two questions of the device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDeviceSignIn:
    """What has to be known to go on with a sign-in that a device began."""

    attempt: SignInAttempt
    device_code: str = field(repr=False)
    """Of the provider."""
    interval: timedelta
    expires_at: datetime
