"""Shows a second factor."""

from tracklift_domain.user.errors import SecondFactorNotFoundError
from tracklift_domain.user.ports import SecondFactorRepository
from tracklift_domain.user.second_factor import SecondFactor
from tracklift_domain.user.user import Caller


class GetSecondFactor:
    """Gives the second factor of the user who calls."""

    def __init__(self, *, factors: SecondFactorRepository) -> None:
        self._factors = factors

    async def __call__(self, caller: Caller) -> SecondFactor | None:
        """Give it, confirmed or not; `None` if there is none. Raises `InsufficientScopeError` for an API key."""
        caller.require(None)
        try:
            return await self._factors.get(caller.user_id)
        except SecondFactorNotFoundError:
            return None
