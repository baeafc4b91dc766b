"""Deleting what a conversion no longer needs."""

import logging

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.ports import MediaStore

_log = logging.getLogger(__name__)


async def discard_media(
    conversions: ConversionRepository, media: MediaStore, conversion: Conversion, *, removed: bool = False
) -> None:
    """Delete the stored files that the conversion, as now stored, no longer needs.

    The video stays while another conversion holds it. `removed` says that the record itself is gone. An outage of the
    storage is not an error here: `SweepMedia` deletes the rest later.
    """
    audio = [conversion.audio_media_id(attempt) for attempt in range(1, conversion.attempt + 1)]
    try:
        # Other holders are looked up only now that this conversion is stored without the video: of two that release it
        # concurrently, the later one finds none. `ConvertAgain` first adds a holder, and then checks that the previous
        # one still held the video.
        lets_go = removed or not conversion.holds_source
        if lets_go and await conversions.find_source_holder(conversion.source_id) is None:
            for media_id in conversion.source_media_ids:
                await media.delete(media_id)
        for media_id in audio:
            if removed or not conversion.needs(media_id):
                await media.delete(media_id)
    except ServiceUnavailableError as error:
        _log.warning("Media of conversion %s stays until the next sweep: %s", conversion.id, error)


async def discard_removed(
    conversions: ConversionRepository, media: MediaStore, feed: UpdateFeed, removed: Conversion
) -> None:
    """Tell watchers that the record of a conversion is gone, and delete the files that only it needed."""
    await feed.publish(ConversionUpdate.of_deleted(removed))
    await discard_media(conversions, media, removed, removed=True)
