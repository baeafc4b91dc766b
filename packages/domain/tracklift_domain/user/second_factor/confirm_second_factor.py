"""Confirms a second factor with its first code."""

from collections.abc import Sequence

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import IdentifierSource
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.second_factor.check_second_factor import CheckSecondFactor
from tracklift_domain.user.second_factor.errors import (
    SecondFactorExistsError,
    StaleSecondFactorError,
    WrongSecondFactorError,
)
from tracklift_domain.user.second_factor.ports import SecondFactorRepository
from tracklift_domain.user.second_factor.second_factor import (
    RECOVERY_CODES,
    SecondFactor,
    hash_recovery_code,
    write_recovery_code,
)


class ConfirmSecondFactor:
    """Activates the caller's second factor, and gives the recovery codes.

    Wrong codes are not counted, since the caller has just been shown the secret.
    """

    def __init__(
        self,
        *,
        check_second_factor: CheckSecondFactor,
        factors: SecondFactorRepository,
        clock: Clock,
        identifiers: IdentifierSource,
    ) -> None:
        self._check = check_second_factor
        self._factors = factors
        self._clock = clock
        self._identifiers = identifiers

    async def __call__(self, caller: Caller, code: str) -> Sequence[str]:
        """Give the recovery codes, which are shown once.

        Raises:
            InsufficientScopeError: an API key called.
            SecondFactorNotFoundError: none was begun.
            SecondFactorExistsError: it is confirmed.
            WrongSecondFactorError: the code is not the current one.
        """
        caller.require(None)
        recovery = [write_recovery_code(self._identifiers.secret()) for _ in range(RECOVERY_CODES)]
        hashes = frozenset(hash_recovery_code(each) for each in recovery)
        while True:
            begun = await self._factors.get(caller.user_id)
            try:
                await self._factors.replace(self._confirmed(begun, code, hashes))
            except StaleSecondFactorError:
                # Another request has confirmed it or begun again.
                continue
            return recovery

    def _confirmed(self, begun: SecondFactor, code: str, hashes: frozenset[str]) -> SecondFactor:
        if begun.is_active:
            raise SecondFactorExistsError
        now = self._clock.now()
        accepted = self._check.accept(begun, code, now)
        if accepted is None:
            raise WrongSecondFactorError
        return accepted.confirmed(now, hashes)
