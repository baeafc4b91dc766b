"""Lists the conversions of all users, for operators."""

from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.library.list_conversions import ConversionPage
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.role import Role


class ListAllConversions:
    """Gives the conversions of all users in pages, newest first. What operators may see of them is not decided here."""

    def __init__(self, *, conversions: ConversionRepository) -> None:
        self._conversions = conversions

    async def __call__(
        self,
        caller: Caller,
        *,
        limit: int,
        state: ConversionState | None = None,
        after: ListPosition | None = None,
    ) -> ConversionPage:
        """Give at most `limit` (1 or more) conversions after a position.

        Raises:
            InsufficientScopeError, InsufficientRoleError: the caller is no operator, or an API key.
        """
        caller.require_role(Role.OPERATOR)
        found = await self._conversions.list_all(limit=limit + 1, state=state, after=after)
        return ConversionPage.of(found, limit)
