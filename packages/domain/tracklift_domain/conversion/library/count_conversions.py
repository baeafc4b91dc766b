"""Counts the conversions of all users by their state, for those who operate Tracklift."""

from collections.abc import Mapping

from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.ports import ConversionRepository, StateCount
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.role import Role

MOST_COUNTED = 10_000
"""Beyond so many in one state, how many more there are changes nothing about what an operator does."""


class CountConversions:
    """Tells how many conversions are in each state, and since when the one has waited that changed longest ago."""

    def __init__(self, *, conversions: ConversionRepository) -> None:
        self._conversions = conversions

    async def __call__(self, caller: Caller) -> Mapping[ConversionState, StateCount]:
        """Count those in each state, up to `MOST_COUNTED`.

        Raises:
            InsufficientScopeError, InsufficientRoleError: the caller is no operator, or an API key.
        """
        caller.require_role(Role.OPERATOR)
        return {
            state: await self._conversions.count_in_state(state, most=MOST_COUNTED)
            for state in ConversionState
        }
