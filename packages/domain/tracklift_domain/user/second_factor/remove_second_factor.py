"""Removes a second factor."""

from tracklift_domain.clock import Clock
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.password.password_check import PasswordCheck
from tracklift_domain.user.second_factor.check_second_factor import CheckSecondFactor
from tracklift_domain.user.second_factor.errors import SecondFactorNotFoundError
from tracklift_domain.user.second_factor.events import SecondFactorRemoved
from tracklift_domain.user.second_factor.ports import SecondFactorRepository


class RemoveSecondFactor:
    """Lets the caller log in with the password alone again, and notifies the user by mail."""

    def __init__(
        self,
        *,
        require_password: PasswordCheck,
        check_second_factor: CheckSecondFactor,
        factors: SecondFactorRepository,
        clock: Clock,
    ) -> None:
        self._require_password = require_password
        self._check_second_factor = check_second_factor
        self._factors = factors
        self._clock = clock

    async def __call__(self, caller: Caller, password: str, code: str) -> None:
        """Remove the second factor. If there is none, or it was not confirmed, the password suffices.

        Raises:
            InsufficientScopeError: an API key called.
            WrongPasswordError: the password is wrong.
            SecondFactorRequiredError: the code is empty.
            WrongSecondFactorError: the code is wrong, was used, or is too old.
            TooManyWrongCodesError: too many wrong codes were sent.
            TooManyLogInsError: too many passwords of this user are being checked.
            TooBusyError: too many passwords are being checked.
            UserNotFoundError: the account was deleted while the access token is still valid.
        """
        user = await self._require_password(caller, password)
        await self._check_second_factor(user.id, code)
        try:
            factor = await self._factors.get(user.id)
        except SecondFactorNotFoundError:
            return
        removed = SecondFactorRemoved.of(user, factor, self._clock.now(), by_admin=False)
        await self._factors.remove(user.id, [removed] if factor.is_active else [])
