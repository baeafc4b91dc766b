"""Lists a user's conversions."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition
from tracklift_domain.user.access.caller import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionPage:
    """A part of a list; `following` is where the next part begins, `None` at the end."""

    conversions: Sequence[Conversion]
    following: ListPosition | None

    @classmethod
    def of(cls, found: Sequence[Conversion], limit: int) -> "ConversionPage":
        """Make a page of at most `limit` conversions; one more shows that there is a next page."""
        page = found[:limit]
        more = len(found) > limit
        return cls(
            conversions=page, following=ListPosition(page[-1].created_at, page[-1].id) if more else None
        )


class ListConversions:
    """Gives a user's conversions in pages, newest first."""

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
        """Give at most `limit` (1 or more) conversions after a position."""
        found = await self._conversions.list_owned(caller.user_id, limit=limit + 1, state=state, after=after)
        return ConversionPage.of(found, limit)
