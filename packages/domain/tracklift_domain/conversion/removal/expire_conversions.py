"""Deletes what has expired."""

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.removal.media_cleanup import discard_media, discard_removed
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.media.ports import MediaStore

_BATCH = 100


class ExpireConversions:
    """Deletes idle uploads, expired MP3s and videos, and old records."""

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
        """Delete what is due now, and give the number of conversions."""
        ended = 0
        while due := await self._conversions.list_due(self._clock.now(), limit=_BATCH):
            changed = [await self._end(conversion) for conversion in due]
            ended += sum(changed)
            if not any(changed):
                break  # Another process works on the same ones: leave them to it.
        return ended + await self._drop_sources()

    async def _drop_sources(self) -> int:
        dropped = 0
        while due := await self._conversions.list_source_due(self._clock.now(), limit=_BATCH):
            changed = [await self._drop_source(conversion) for conversion in due]
            dropped += sum(changed)
            if not any(changed):
                break
        return dropped

    async def _drop_source(self, conversion: Conversion) -> bool:
        try:
            # Read again, since lists leave out parts, which must not be lost.
            stored = await self._conversions.get(conversion.id)
            if stored.revision != conversion.revision:
                return False
            dropped = stored.drop_source()
            await self._conversions.replace(dropped)
        except (StaleConversionError, ConversionNotFoundError):
            return False
        await discard_media(self._conversions, self._media, dropped)
        return True

    async def _end(self, conversion: Conversion) -> bool:
        """Take the step that is due; tell whether the conversion was unchanged meanwhile."""
        try:
            if conversion.state is ConversionState.COMPLETED:
                expired = conversion.expire(self._clock.now(), keep_for=self._retention.record)
                await self._conversions.replace(expired)
                await self._feed.publish(ConversionUpdate.of(expired))
                await discard_media(self._conversions, self._media, expired)
            elif conversion.upload is not None:
                # Kept for a while, so that a returning client learns what happened to its upload.
                ended = conversion.cancel(self._clock.now(), keep_for=self._retention.resumable_upload)
                await self._conversions.replace(ended)
                await self._feed.publish(ConversionUpdate.of(ended))
                await discard_media(self._conversions, self._media, ended)
            else:
                await self._conversions.remove(conversion)
                await discard_removed(self._conversions, self._media, self._feed, conversion)
        except (StaleConversionError, ConversionNotFoundError):
            return False
        return True
