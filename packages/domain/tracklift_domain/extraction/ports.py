"""The ports that inspect videos and make MP3s from them."""

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
    """Inspects a video without decoding it."""

    @abstractmethod
    async def inspect(self, video: SeekableReader) -> VideoTraits:
        """Find the audio tracks of an MP4 (ISO/IEC 14496-12), in bounded time and memory for any input.

        Tags, chapters and a cover picture are found as well; damaged ones are left out without an error.

        Raises:
            ExtractionError: `not_a_video`, or `corrupt_media` if the file begins like a video but lacks parts.
        """


class AudioEngine(Protocol):
    """Makes MP3s within the calling thread, in a process of its own that may be killed at any time.

    The extractor provides that process, with resource limits. An engine may leave threads, child processes and files in
    `folder` behind: they are cleaned up with the process.
    """

    @abstractmethod
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        """Make an MP3 in `folder` as planned.

        `reached` may be called as often as is convenient, with the completed fraction of the work, from 0 to 1.

        Raises:
            NotCoveredError: this engine does not support the combination of plan and video, although both are valid.
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
        """Extract as planned. Entering the context does the work; exiting it removes all temporary files.

        `report` is called on the event loop, at most twice a second, with a fraction that never decreases. A
        cancellation stops the work within one second and leaves nothing behind: no process, file or folder.

        Raises:
            ExtractionError: with the failure's code.
        """


class VideoReducer(Protocol):
    """Reduces a video to a smaller one, from which the same MP3s can be made."""

    @abstractmethod
    def reduce(self, video: SeekableReader) -> AsyncIterator[bytes]:
        """Yield the smaller video in chunks of bounded size; the same video always results in the same bytes.

        Raises:
            NotReducibleError: when the first chunk is requested.
            MediaLostError: bytes of the video are missing or damaged.
            MediaNotFoundError: the video was deleted meanwhile.
            ServiceUnavailableError: the video's storage can't be reached.
        """
