"""Lists a user's conversions."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracklift_domain.conversion.conversion import Conversion, ConversionState
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition
from tracklift_domain.user.user import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionPage:
    """A part of a list; `following` is where the next part begins, `None` at the end."""

    conversions: Sequence[Conversion]
    following: ListPosition | None


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
        """Give at most `limit` (1 or more) conversions behind a position."""
        # One more than asked for tells whether there is a next page.
        found = await self._conversions.list_owned(caller.user_id, limit=limit + 1, state=state, after=after)
        page = found[:limit]
        more = len(found) > limit
        return ConversionPage(
            conversions=page, following=ListPosition(page[-1].created_at, page[-1].id) if more else None
        )
