"""Requires the second factor of users who have one."""

from datetime import datetime

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.second_factor.errors import (
    SecondFactorNotFoundError,
    SecondFactorRequiredError,
    StaleSecondFactorError,
    TooManyWrongCodesError,
    WrongSecondFactorError,
)
from tracklift_domain.user.second_factor.ports import OneTimeCodes, SecondFactorRepository
from tracklift_domain.user.second_factor.second_factor import (
    LONGEST_CODE,
    SecondFactor,
    hash_recovery_code,
    plain_code,
)


class CheckSecondFactor:
    """Accepts a code of the user's app or a recovery code, each only once, also under concurrent calls.

    It is checked after the password. So a caller who does not know the password learns nothing about the second factor,
    and can't lock its user out.
    """

    def __init__(self, *, factors: SecondFactorRepository, codes: OneTimeCodes, clock: Clock) -> None:
        self._factors = factors
        self._codes = codes
        self._clock = clock

    async def __call__(self, user_id: UserId, code: str | None) -> None:
        """Check the code of a user, if the user has a second factor.

        Raises:
            SecondFactorRequiredError: the code is missing.
            WrongSecondFactorError: it is wrong, was used, or is too old.
            TooManyWrongCodesError: too many wrong codes were sent; this one was not checked.
        """
        accepted = False
        while not accepted:
            try:
                factor = await self._factors.get(user_id)
            except SecondFactorNotFoundError:
                return
            if not factor.is_active:
                return
            if not code:
                raise SecondFactorRequiredError
            accepted = await self._check(factor, code, self._clock.now())

    async def _check(self, factor: SecondFactor, code: str, now: datetime) -> bool:
        """Tell whether the code was accepted; if not, it must be checked against a newer revision."""
        left = factor.wait(now)
        if left:
            raise TooManyWrongCodesError(left)
        after = self.accept(factor, code, now)
        try:
            await self._factors.replace(after or factor.with_failure(now))
        except StaleSecondFactorError:
            return False
        if after is None:
            raise WrongSecondFactorError
        return True

    def accept(self, factor: SecondFactor, code: str, now: datetime) -> SecondFactor | None:
        """Give the factor after the use of the code; `None`: the code is wrong."""
        if len(code) > LONGEST_CODE:
            return None
        step = self._codes.step_of(factor.secret, plain_code(code), now)
        if step is not None:
            return factor.with_step(step) if step > factor.last_step else None
        used = hash_recovery_code(code)
        return factor.without_recovery_code(used) if used in factor.recovery_hashes else None
