"""Deletes stored files that no conversion needs."""

from tracklift_domain.clock import Clock
from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.source_media import discard_whole_source
from tracklift_domain.identifiers import ConversionId, MediaId
from tracklift_domain.media.ports import GrowingMedia, MediaStore


class SweepMedia:
    """Finds what crashes left in the media store: half-written files, and files that their conversions do not need.

    This includes the growing files of uploads that no longer exist.

    Only files older than the retention policy's `orphan` are examined, so that no file of a running write or
    conversion is deleted.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        media: MediaStore,
        growing: GrowingMedia,
        clock: Clock,
        retention: RetentionPolicy,
    ) -> None:
        self._conversions = conversions
        self._media = media
        self._growing = growing
        self._clock = clock
        self._retention = retention

    async def __call__(self) -> int:
        """Sweep once, and give the number of deleted files."""
        before = self._clock.now() - self._retention.orphan
        swept = await self._media.sweep_unfinished(before)
        async with closing_stream(self._media.list_stored_before(before)) as listed:
            async for stored in listed:
                if not await self._is_needed(stored.id):
                    await self._media.delete(stored.id)
                    swept += 1
        async with closing_stream(self._growing.list_begun_before(before)) as growing:
            async for media_id in growing:
                if not await self._is_uploaded(media_id):
                    await self._growing.discard(media_id)
                    swept += 1
        return swept

    async def _is_uploaded(self, media_id: MediaId) -> bool:
        try:
            conversion = await self._conversions.get(ConversionId(media_id.partition(".")[0]))
        except ConversionNotFoundError:
            return False
        return conversion.state is ConversionState.UPLOADING

    async def _is_needed(self, media_id: MediaId) -> bool:
        # Media ids begin with a conversion's id: see `Conversion.source_media_id`.
        conversion_id = ConversionId(media_id.partition(".")[0])
        holder = await self._conversions.find_source_holder(conversion_id)
        if holder is not None and media_id in holder.source_media_ids:
            is_whole = media_id == holder.source_media_id
            # A crash, or a worker that was reading it, may have left the whole video next to the reduced one.
            return not (is_whole and await discard_whole_source(self._conversions, self._media, holder))
        try:
            conversion = await self._conversions.get(conversion_id)
        except ConversionNotFoundError:
            return False
        return conversion.needs(media_id)
