"""Hands out a finished MP3."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from tracklift_domain.conversion.changing import get_owned
from tracklift_domain.conversion.conversion import Audio, Conversion, ConversionState
from tracklift_domain.conversion.errors import AudioExpiredError, AudioNotReadyError
from tracklift_domain.conversion.ports import ConversionRepository, MediaStore
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.user import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioDownload:
    """An MP3 ready to be read."""

    audio: Audio
    conversion: Conversion
    media: MediaStore

    def read(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes from `start` up to but without `end`."""
        return self.media.read(self.audio.media_id, start=start, end=end)


class DownloadAudio:
    """Gives the MP3 of a conversion to its owner."""

    def __init__(self, *, conversions: ConversionRepository, media: MediaStore) -> None:
        self._conversions = conversions
        self._media = media

    async def __call__(self, caller: Caller, conversion_id: ConversionId) -> AudioDownload:
        """Open the MP3.

        Raises:
            ConversionNotFoundError: the caller has no such conversion.
            AudioNotReadyError: it has no MP3 yet, or never will.
            AudioExpiredError: its MP3 was deleted when its time was over.
        """
        conversion = await get_owned(self._conversions, caller, conversion_id)
        if conversion.state is ConversionState.EXPIRED:
            raise AudioExpiredError(conversion_id)
        if conversion.state is not ConversionState.COMPLETED or conversion.audio is None:
            raise AudioNotReadyError(conversion_id, conversion.state)
        return AudioDownload(audio=conversion.audio, conversion=conversion, media=self._media)
