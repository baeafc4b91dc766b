"""Downloads several MP3s together."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.errors import ArchiveTooLargeError
from tracklift_domain.conversion.library.archive_names import archive_names
from tracklift_domain.conversion.library.download_audio import AudioDownload, DownloadAudio
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaLostError
from tracklift_domain.user.access.caller import Caller

MOST_FILES = 100
"""Of an archive: as many as the longest page of the list has."""
MOST_BYTES = 50 * 10**9
"""Of an archive: a hundred recordings of five hours at the second highest bit rate."""


@dataclass(frozen=True, slots=True)
class ArchivedAudio:
    """An MP3 of an archive."""

    name: str
    """Unique within the archive."""
    download: AudioDownload

    async def read(self) -> AsyncIterator[bytes]:
        """Give the bytes, exactly as many as recorded, since the length of the archive has been sent by then.

        Raises:
            MediaLostError: there are more or fewer.
            What `AudioDownload.read` raises.
        """
        audio, count = self.download.audio, 0
        async with closing_stream(self.download.read()) as chunks:
            async for chunk in chunks:
                count += len(chunk)
                if count > audio.size:
                    break
                yield chunk
        if count != audio.size:
            raise MediaLostError(audio.media_id, f"it has not the {audio.size} bytes of its record")


class DownloadArchive:
    """Gives the MP3s of several conversions to their owner."""

    def __init__(self, *, download_audio: DownloadAudio) -> None:
        self._download_audio = download_audio

    async def __call__(self, caller: Caller, wanted: Sequence[ConversionId]) -> Sequence[ArchivedAudio]:
        """Open the MP3s, each once, in the requested order. At least a byte of each exists at this time.

        Raises:
            ArchiveTooLargeError: they are too many, or too large together.
            ConversionNotFoundError: the caller has none of these ids.
            AudioNotReadyError: one has no MP3 yet, or never will.
            AudioExpiredError: an MP3 has expired and was deleted.
            MediaLostError: an MP3 is lost.
        """
        ids = tuple(dict.fromkeys(wanted))
        if len(ids) > MOST_FILES:
            raise ArchiveTooLargeError(MOST_FILES, MOST_BYTES)
        downloads = [await self._download_audio(caller, each) for each in ids]
        if sum(download.audio.size for download in downloads) > MOST_BYTES:
            raise ArchiveTooLargeError(MOST_FILES, MOST_BYTES)
        for download in downloads:
            beginning = download.read(0, 1)
            async with closing_stream(beginning):
                await anext(beginning, b"")
        names = archive_names(download.conversion.audio_name for download in downloads)
        return [ArchivedAudio(name, download) for name, download in zip(names, downloads, strict=True)]
