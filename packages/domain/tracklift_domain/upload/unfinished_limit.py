"""How many conversions of one user may be unfinished."""

import asyncio
from datetime import timedelta

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition
from tracklift_domain.identifiers import UserId
from tracklift_domain.upload.errors import TooManyConversionsError

_LOOKS = 10
"""With the pause between them, half a second: longer than it takes to remove records that are above the limit."""
_PAUSE = timedelta(milliseconds=50)


class UnfinishedLimit:
    """Holds the limit also when uploads begin at the same time, at one process or at several.

    Each upload stores its record first and counts then. Of any set of accepted uploads, the last one to count has
    counted all of them, so no more than the limit are accepted, whatever the clocks say. When more have begun, the
    oldest by creation time wait for the newer ones to be given back.
    """

    def __init__(
        self,
        conversions: ConversionRepository,
        limit: int,
        *,
        looks: int = _LOOKS,
        pause: timedelta = _PAUSE,
    ) -> None:
        """Count at most `looks` times, with a pause between them, before an upload is refused."""
        self._conversions = conversions
        self._limit = limit
        self._looks = looks
        self._pause = pause.total_seconds()

    async def require_room(self, user_id: UserId) -> None:
        """Look before a record is stored. Raises `TooManyConversionsError`."""
        if await self._conversions.count_active(user_id) >= self._limit:
            raise TooManyConversionsError(self._limit)

    async def hold(self, begun: Conversion) -> None:
        """Look once the record of an upload is stored; the caller removes it if this fails.

        Raises `TooManyConversionsError`.
        """
        user_id, position = begun.owner.user_id, ListPosition(begun.created_at, begun.id)
        for _ in range(self._looks):
            if await self._conversions.count_active(user_id) <= self._limit:
                return
            if await self._conversions.count_active(user_id, before=position) >= self._limit:
                break
            await asyncio.sleep(self._pause)
        raise TooManyConversionsError(self._limit)
