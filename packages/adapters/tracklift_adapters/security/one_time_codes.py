from datetime import datetime

import pyotp
from typing_extensions import override

from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.second_factor.ports import OneTimeCodes

_DIGITS = 6
_STEP = 30
"""Seconds: RFC 6238 recommends it, and many apps know no other step, hash (SHA-1) or number of digits."""
_BESIDE = 1
"""Steps before and behind the present one: RFC 6238, section 5.2, recommends at most one for clocks and slow users."""
_ISSUER = "Tracklift"


class TotpCodes(OneTimeCodes):
    """The one-time codes of common apps."""

    @override
    def new_secret(self) -> str:
        return pyotp.random_base32()

    @override
    def address(self, secret: str, email: EmailAddress) -> str:
        return _totp(secret).provisioning_uri(name=email.value, issuer_name=_ISSUER)

    @override
    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        if not (len(code) == _DIGITS and code.isascii() and code.isdigit()):
            return None
        totp, present = _totp(secret), int(now.timestamp()) // _STEP
        steps = range(max(0, present - _BESIDE), present + _BESIDE + 1)
        # The newest one, should two have the same code.
        return next((step for step in reversed(steps) if _is_same(totp.generate_otp(step), code)), None)


def _totp(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, digits=_DIGITS, interval=_STEP)


def _is_same(expected: str, code: str) -> bool:
    return pyotp.utils.strings_equal(expected, code)
