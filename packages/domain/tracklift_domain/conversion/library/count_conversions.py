"""Counts the conversions of all users by their state, for operators."""

from collections.abc import Mapping

from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.ports import ConversionRepository, StateCount
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.role import Role

MOST_COUNTED = 10_000
"""The exact number of more in one state would make no difference to an operator."""


class CountConversions:
    """Counts the conversions in each state, with the earliest time of a last update."""

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
