"""Begins to set up a second factor."""

from dataclasses import dataclass

from tracklift_domain.clock import Clock
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.password.password_check import PasswordCheck
from tracklift_domain.user.second_factor.ports import OneTimeCodes, SecondFactorRepository
from tracklift_domain.user.second_factor.second_factor import SecondFactor


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecondFactor:
    """What the user enters into the app; shown once."""

    secret: str
    """In base 32."""
    address: str
    """The same as an `otpauth:` address, which apps read from a QR code."""


class BeginSecondFactor:
    """Makes the secret for the caller's app. The factor is required once its first code was confirmed."""

    def __init__(
        self,
        *,
        require_password: PasswordCheck,
        factors: SecondFactorRepository,
        codes: OneTimeCodes,
        clock: Clock,
    ) -> None:
        self._require_password = require_password
        self._factors = factors
        self._codes = codes
        self._clock = clock

    async def __call__(self, caller: Caller, password: str) -> NewSecondFactor:
        """Make a secret, in place of one that was not confirmed.

        Raises:
            InsufficientScopeError: an API key called.
            WrongPasswordError: the password is wrong, or the user signs in with a provider only.
            SecondFactorExistsError: the user has a second factor.
            TooManyLogInsError: too many passwords of this user are being checked.
            TooBusyError: too many passwords are being checked.
            UserNotFoundError: the account was deleted while the access token is still valid.
        """
        user = await self._require_password(caller, password)
        secret = self._codes.new_secret()
        await self._factors.begin(SecondFactor(user_id=user.id, secret=secret, created_at=self._clock.now()))
        return NewSecondFactor(secret=secret, address=self._codes.address(secret, user.email))
