"""Makes an MP3 from a video that can be read."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.chapters import Chapter, chapters_within
from tracklift_domain.extraction.damage import check_damage
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.ports import AudioExtractor, VideoInspector
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.media.ports import SeekableReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """An MP3, and what was learned about its source."""

    audio: ExtractedAudio
    source_duration: float | None
    """Seconds of the source's whole audio; `None` if it was not decoded to its end and the file declares none."""
    tracks: tuple[AudioTrack, ...]
    """All audio tracks of the source."""
    chapters: tuple[Chapter, ...]
    """The chapters of the MP3, ascending."""


class ExtractAudio:
    """Inspects a video, plans the MP3, has it made, and checks that not too much of it is missing."""

    def __init__(
        self, *, inspector: VideoInspector, extractor: AudioExtractor, longest_audio: timedelta
    ) -> None:
        self._inspector = inspector
        self._extractor = extractor
        self._longest_audio = longest_audio

    @asynccontextmanager
    async def __call__(
        self, video: SeekableReader, options: AudioOptions, report: Callable[[Progress], None]
    ) -> AsyncIterator[Extraction]:
        """Extract the audio; the extractor keeps it until the context is exited.

        Raises:
            ExtractionError: with the code of the failure.
        """
        traits = await self._inspector.inspect(video)
        plan = plan_extraction(traits, options, longest=self._longest_audio.total_seconds())
        if plan.track_traits.byte_ranges is not None:
            video.expect(plan.track_traits.byte_ranges)
        async with self._extractor.extract(video, plan, report) as audio:
            check_damage(audio.damage, audio.duration)
            yield Extraction(
                audio=audio,
                source_duration=plan.source_duration(audio.decoded),
                tracks=traits.audio_tracks,
                chapters=chapters_within(plan.chapters, audio.duration),
            )
