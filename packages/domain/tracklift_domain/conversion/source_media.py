"""The stored videos that conversions are made of, whole or reduced to their sound."""

import logging
from contextlib import suppress

from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.policies import AttemptPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.extraction.errors import NotReducibleError
from tracklift_domain.extraction.ports import VideoReducer
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError, OutOfSpaceError
from tracklift_domain.media.patient_reader import PatientReader
from tracklift_domain.media.ports import MediaStore, SeekableReader

_log = logging.getLogger(__name__)


async def describe_source(media: MediaStore, conversion: Conversion) -> None:
    """Check that the video is stored, in either form. Raises `MediaNotFoundError`.

    The whole one is checked first: it is deleted only once the reduced one is stored.
    """
    with suppress(MediaNotFoundError):
        await media.describe(conversion.source_media_id)
        return
    await media.describe(conversion.reduced_source_media_id)


async def open_source(media: MediaStore, converting: Conversion) -> SeekableReader:
    """Open the video for a worker that has claimed the conversion.

    The reduced one is tried first. If it is not stored yet, the worker that makes it sees later that this
    conversion is converting, and keeps the whole one.

    Raises:
        MediaLostError: bytes are missing or damaged, if this can be detected without reading them.
        MediaNotFoundError: neither is stored.
    """
    with suppress(MediaNotFoundError):
        return await media.open_seekable(converting.reduced_source_media_id)
    return await media.open_seekable(converting.source_media_id)


async def discard_whole_source(
    conversions: ConversionRepository, media: MediaStore, conversion: Conversion
) -> bool:
    """Delete the whole video if the reduced one is stored and no worker reads it; tell whether it was deleted.

    Deleting it again changes nothing.
    """
    try:
        await media.describe(conversion.reduced_source_media_id)
    except (MediaNotFoundError, MediaLostError):
        return False
    reading = ConversionState.CONVERTING
    if await conversions.find_source_holder(conversion.source_id, state=reading) is not None:
        return False
    await media.delete(conversion.source_media_id)
    return True


class ReduceSource:
    """Replaces the video of a completed conversion by its sound, if the video is kept.

    It can be repeated, also after a crash. A video that can't be reduced stays whole.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        media: MediaStore,
        reducer: VideoReducer,
        attempts: AttemptPolicy,
    ) -> None:
        self._conversions = conversions
        self._media = media
        self._reducer = reducer
        self._attempts = attempts

    async def __call__(self, conversion_id: ConversionId) -> None:
        """Reduce the video, if it is kept and still whole.

        Raises:
            ServiceUnavailableError: the storage can't be reached, or has sent no byte for too long; retry later.
        """
        with suppress(ConversionNotFoundError):
            await self._reduce(await self._conversions.get(conversion_id))

    async def _reduce(self, conversion: Conversion) -> None:
        is_kept = conversion.state is ConversionState.COMPLETED and conversion.holds_source
        if not is_kept or conversion.source.is_sound_extract:
            return
        try:
            await self._make_reduced(conversion)
        except NotReducibleError as error:
            _log.info("The video of conversion %s stays whole: %s", conversion.id, error)
            return
        except (MediaLostError, MediaNotFoundError, OutOfSpaceError) as error:
            _log.warning("The video of conversion %s is not reduced: %s", conversion.id, error)
            return
        await discard_whole_source(self._conversions, self._media, conversion)
        if await self._conversions.find_source_holder(conversion.source_id) is None:
            # Its holders released it meanwhile, and may have missed the reduced video that was just stored.
            await self._media.delete(conversion.reduced_source_media_id)

    async def _make_reduced(self, conversion: Conversion) -> None:
        with suppress(MediaNotFoundError):
            await self._media.describe(conversion.reduced_source_media_id)
            return
        whole = await self._media.open_seekable(conversion.source_media_id)
        video = PatientReader(whole, self._attempts.storage_patience)
        try:
            async with closing_stream(self._reducer.reduce(video)) as chunks:
                await self._media.write(conversion.reduced_source_media_id, chunks)
        finally:
            video.close()
