"""How use cases throw away what a conversion no longer needs."""

import logging

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.ports import MediaStore

_log = logging.getLogger(__name__)


async def discard_media(media: MediaStore, conversion: Conversion, *, removed: bool = False) -> None:
    """Delete the stored files that the conversion, as it is stored now, has no more use for.

    `removed` says that the record itself is gone. A store that is down is not an error here: `SweepMedia` finds later
    what stays behind.
    """
    attempts = range(1, conversion.attempt + 1)
    for media_id in (conversion.source_media_id, *map(conversion.audio_media_id, attempts)):
        if removed or not conversion.needs(media_id):
            try:
                await media.delete(media_id)
            except ServiceUnavailableError as error:
                _log.warning("Media of conversion %s stays until the next sweep: %s", conversion.id, error)
                return
