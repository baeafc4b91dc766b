"""What looks into videos and makes MP3s of them."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from tracklift_domain.extraction.audio import AudioFile, ExtractedAudio
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.extraction.video_traits import VideoTraits
from tracklift_domain.media.ports import SeekableReader


class VideoInspector(Protocol):
    """Looks into a video without decoding it."""

    @abstractmethod
    async def inspect(self, video: SeekableReader) -> VideoTraits:
        """Find the audio tracks of an MP4 (ISO/IEC 14496-12), in bounded time and memory whatever the bytes are.

        Tags and a cover picture are found as well; those that are damaged are left out and are no failure.

        Raises:
            ExtractionError: `not_a_video`, or `corrupt_media` where it began as one but lacks parts.
        """


class AudioEngine(Protocol):
    """Makes MP3s within the calling thread, in a process that does nothing else and may be killed at any time.

    An extractor gives it that process, with limits on what it may use. It may leave threads, programs and files in
    `folder` behind: they end and go with the process.
    """

    @abstractmethod
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        """Make an MP3 in `folder` as planned.

        `reached` may be called as often as is convenient, with the fraction of the work that is done, from 0 to 1.

        Raises:
            NotCoveredError: this engine does not make such MP3s of such videos; nothing is wrong with either.
            ExtractionError: with the failure's code.
            OSError: a file could not be written.
            ServiceUnavailableError: the video's storage can't be reached.
        """


class AudioExtractor(Protocol):
    """Makes an MP3 from a video's audio track."""

    @abstractmethod
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, report: Callable[[Progress], None]
    ) -> AbstractAsyncContextManager[ExtractedAudio]:
        """Extract as planned. Entering the context does the work; leaving it removes all temporary files.

        `report` is called on the event loop, at most twice a second, with a fraction that never falls. A
        cancellation stops the work within one second and leaves nothing behind: no process, file or folder.

        Raises:
            ExtractionError: with the failure's code.
        """


class VideoReducer(Protocol):
    """Makes a smaller video of a video, of which the same MP3s are made."""

    @abstractmethod
    def reduce(self, video: SeekableReader) -> AsyncIterator[bytes]:
        """Give the smaller video in chunks of bounded size: the same bytes whenever it is made of the same video.

        Raises:
            NotReducibleError: with the first chunk.
            MediaLostError: bytes of the video are missing or damaged.
            MediaNotFoundError: the video was deleted meanwhile.
            ServiceUnavailableError: the video's storage can't be reached.
        """
