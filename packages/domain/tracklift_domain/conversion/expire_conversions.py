"""Ends what has outlived its time."""

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion, ConversionState
from tracklift_domain.conversion.conversion_update import ConversionUpdate
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.media_cleanup import discard_media
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository, UpdateFeed
from tracklift_domain.media.ports import MediaStore

_BATCH = 100


class ExpireConversions:
    """Deletes uploads that stand still, MP3s whose time is over, and old records."""

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

    async def __call__(self) -> int:
        """End what is due now, and give how many conversions were."""
        ended = 0
        while due := await self._conversions.list_due(self._clock.now(), limit=_BATCH):
            changed = [await self._end(conversion) for conversion in due]
            ended += sum(changed)
            if not any(changed):
                break  # Somebody else is at the same ones: leave them the work.
        return ended

    async def _end(self, conversion: Conversion) -> bool:
        """Take the step that is due; tell whether the conversion had not been changed meanwhile."""
        try:
            if conversion.state is ConversionState.COMPLETED:
                expired = conversion.expire(self._clock.now(), keep_for=self._retention.record)
                await self._conversions.replace(expired)
                await self._feed.publish(ConversionUpdate.of(expired))
                await discard_media(self._media, expired)
            else:
                await self._conversions.remove(conversion)
                await discard_media(self._media, conversion, removed=True)
        except (StaleConversionError, ConversionNotFoundError):
            return False
        return True
