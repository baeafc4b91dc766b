"""Stops a conversion."""

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.optimistic_update import change_conversion, get_owned
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.removal.media_cleanup import discard_media
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.ports import MediaStore
from tracklift_domain.user.access.caller import Caller


class CancelConversion:
    """Stops a conversion permanently; its worker notices within a second and drops its work."""

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        media: MediaStore,
        feed: UpdateFeed,
        clock: Clock,
        retention: RetentionPolicy,
    ) -> None:
        self._conversions = conversions
        self._media = media
        self._feed = feed
        self._clock = clock
        self._retention = retention

    async def __call__(self, caller: Caller, conversion_id: ConversionId) -> Conversion:
        """Cancel a conversion that has not ended.

        Raises:
            ConversionNotFoundError: the caller has no such conversion.
            InvalidTransitionError: it has ended.
        """
        await get_owned(self._conversions, caller, conversion_id)
        cancelled = await change_conversion(
            self._conversions,
            conversion_id,
            lambda stored: stored.cancel(self._clock.now(), keep_for=self._retention.record),
        )
        await self._feed.publish(ConversionUpdate.of(cancelled))
        await discard_media(self._conversions, self._media, cancelled)
        return cancelled
