"""Downloads an MP3."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.optimistic_update import get_owned
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError
from tracklift_domain.media.ports import MediaLossReporter, MediaStore
from tracklift_domain.user.access.caller import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioDownload:
    """An MP3 ready to be read."""

    audio: Audio
    conversion: Conversion
    conversions: ConversionRepository
    media: MediaStore
    losses: MediaLossReporter

    async def made_at(self) -> datetime | None:
        """Tell when the MP3 was stored; `None` if it is lost, which `read` reports."""
        try:
            return (await self.media.describe(self.audio.media_id)).stored_at
        except (MediaNotFoundError, MediaLostError):
            return None

    async def read(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes from `start` up to but not including `end`.

        Raises:
            AudioExpiredError: the MP3 has expired and was deleted meanwhile.
            ConversionNotFoundError: the conversion was deleted meanwhile.
            MediaLostError: the MP3, or a part of it, is lost.
        """
        try:
            async with closing_stream(self.media.read(self.audio.media_id, start=start, end=end)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except MediaNotFoundError as error:
            (await self.conversions.get(self.conversion.id)).require_audio()
            self.losses.report(self.audio.media_id)
            raise MediaLostError(self.audio.media_id, "it is not there any more") from error
        except MediaLostError:
            self.losses.report(self.audio.media_id)
            raise


class DownloadAudio:
    """Gives the MP3 of a conversion to its owner."""

    def __init__(
        self, *, conversions: ConversionRepository, media: MediaStore, losses: MediaLossReporter
    ) -> None:
        self._conversions = conversions
        self._media = media
        self._losses = losses

    async def __call__(self, caller: Caller, conversion_id: ConversionId) -> AudioDownload:
        """Open the MP3.

        Raises:
            ConversionNotFoundError: the caller has no such conversion.
            AudioNotReadyError: it has no MP3 yet, or never will.
            AudioExpiredError: its MP3 has expired and was deleted.
        """
        conversion = await get_owned(self._conversions, caller, conversion_id)
        return AudioDownload(
            audio=conversion.require_audio(),
            conversion=conversion,
            conversions=self._conversions,
            media=self._media,
            losses=self._losses,
        )
