"""Deletes stored files that no conversion needs."""

from tracklift_domain.clock import Clock
from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import ConversionId, MediaId
from tracklift_domain.media.ports import MediaStore


class SweepMedia:
    """Finds what crashes left in the media store: half-written files, and files whose conversion has no use for them.

    Only files older than the retention policy's `orphan` are looked at, so that nothing is taken away from a write or a
    conversion that is just under way.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        media: MediaStore,
        clock: Clock,
        retention: RetentionPolicy,
    ) -> None:
        self._conversions = conversions
        self._media = media
        self._clock = clock
        self._retention = retention

    async def __call__(self) -> int:
        """Sweep once, and give how many files were deleted."""
        before = self._clock.now() - self._retention.orphan
        swept = await self._media.sweep_unfinished(before)
        async with closing_stream(self._media.list_stored_before(before)) as listed:
            async for stored in listed:
                if not await self._is_needed(stored.id):
                    await self._media.delete(stored.id)
                    swept += 1
        return swept

    async def _is_needed(self, media_id: MediaId) -> bool:
        # Media ids begin with their conversion's id: see `Conversion.source_media_id`.
        try:
            conversion = await self._conversions.get(ConversionId(media_id.partition(".")[0]))
        except ConversionNotFoundError:
            return False
        return conversion.needs(media_id)
