"""Shows a second factor."""

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.second_factor.errors import SecondFactorNotFoundError
from tracklift_domain.user.second_factor.ports import SecondFactorRepository
from tracklift_domain.user.second_factor.second_factor import SecondFactor


class GetSecondFactor:
    """Gives the caller's second factor."""

    def __init__(self, *, factors: SecondFactorRepository) -> None:
        self._factors = factors

    async def __call__(self, caller: Caller) -> SecondFactor | None:
        """Give it, confirmed or not; `None` if there is none. Raises `InsufficientScopeError` for an API key."""
        caller.require(None)
        try:
            return await self._factors.get(caller.user_id)
        except SecondFactorNotFoundError:
            return None
