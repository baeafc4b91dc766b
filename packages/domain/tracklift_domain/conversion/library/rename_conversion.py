"""Gives a conversion another name."""

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.optimistic_update import change_conversion, get_owned
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.access.caller import Caller


class RenameConversion:
    """Renames a video and its MP3. Of two concurrent requests, the later one wins."""

    def __init__(self, *, conversions: ConversionRepository, feed: UpdateFeed, clock: Clock) -> None:
        self._conversions = conversions
        self._feed = feed
        self._clock = clock

    async def __call__(self, caller: Caller, conversion_id: ConversionId, name: str) -> Conversion:
        """Rename a conversion.

        Raises:
            ConversionNotFoundError: the caller has no such conversion.
            InvalidTransitionError: its video is still being uploaded.
            InvalidNameError: the name is not valid.
        """
        await get_owned(self._conversions, caller, conversion_id)
        renamed = await change_conversion(
            self._conversions, conversion_id, lambda stored: stored.rename(self._clock.now(), name)
        )
        await self._feed.publish(ConversionUpdate.of(renamed))
        return renamed
