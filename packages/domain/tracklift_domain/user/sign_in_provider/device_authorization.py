"""Signing in with a provider on a device that has no browser (RFC 8628)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracklift_domain.user.sign_in_provider.sign_in_attempt import SignInAttempt


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorization:
    """What a device shows to its user, and the code with which it polls (RFC 8628, section 3.2)."""

    device_code: str = field(repr=False)
    """Only for the device: any client that has it gets the session."""
    user_code: str
    """The user enters it at `verification_uri` in any browser."""
    verification_uri: str
    verification_uri_complete: str | None = None
    """The same address with the code in it, if the provider has one."""
    expires_in: timedelta
    interval: timedelta
    """Between two polls of the device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDeviceSignIn:
    """What is needed to continue a sign-in that a device began."""

    attempt: SignInAttempt
    device_code: str = field(repr=False)
    """Of the provider."""
    interval: timedelta
    expires_at: datetime
