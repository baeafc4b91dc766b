"""Makes and stores the MP3 of a conversion."""

from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.policies import AttemptPolicy
from tracklift_domain.conversion.running.progress_reporter import ProgressReporter
from tracklift_domain.conversion.source_media import describe_source, open_source
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.extract_audio import ExtractAudio, Extraction
from tracklift_domain.media.errors import MediaNotFoundError
from tracklift_domain.media.patient_reader import PatientReader
from tracklift_domain.media.ports import MediaStore
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_domain.outlast_outage import outlast_outage


class MakeAudio:
    """Makes an MP3 of a stored video. An outage of the storage interrupts reading and storing but does not end them."""

    def __init__(
        self, *, media: MediaStore, extract_audio: ExtractAudio, feed: UpdateFeed, attempts: AttemptPolicy
    ) -> None:
        self._media = media
        self._extract_audio = extract_audio
        self._feed = feed
        self._attempts = attempts

    async def __call__(self, claimed: Conversion) -> tuple[Audio, Extraction]:
        """Make and store the MP3; return it, and the finished extraction, which describes the source.

        Raises:
            ExtractionError: with the code of the failure.
            MediaLostError: bytes of the video are missing or damaged.
            MediaNotFoundError: the video is not stored.
            OutOfSpaceError: there is no room for the MP3.
            ServiceUnavailableError: the storage has sent or accepted no byte for too long.
        """
        try:
            return await self._make(claimed)
        except MediaNotFoundError as error:
            await describe_source(self._media, claimed)
            # Two workers reduced it concurrently, and the file of one replaced that of the other.
            raise ServiceUnavailableError("the video", "it was replaced while it was read") from error

    async def _make(self, claimed: Conversion) -> tuple[Audio, Extraction]:
        reporter = ProgressReporter(self._feed, claimed)
        video = PatientReader(await open_source(self._media, claimed), self._attempts.storage_patience)
        try:
            async with self._extract_audio(video, claimed.options, reporter) as extraction:
                extracted = extraction.audio
                stored = await outlast_outage(
                    lambda: self._store(claimed, extracted),
                    pause=self._attempts.storage_pause,
                    patience=self._attempts.storage_patience,
                )
                audio = Audio(
                    media_id=stored.id,
                    size=stored.size,
                    sha256=stored.sha256,
                    duration=extracted.duration,
                    bitrate=extracted.bitrate,
                    damage=extracted.damage,
                    chapters=extraction.chapters,
                    peaks=extracted.peaks,
                )
                return audio, extraction
        finally:
            video.close()
            await reporter.close()

    async def _store(self, claimed: Conversion, extracted: ExtractedAudio) -> StoredMedia:
        async with closing_stream(extracted.chunks()) as chunks:
            return await self._media.write(claimed.audio_media_id(claimed.attempt), chunks)
