import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import imageio_ffmpeg
from typing_extensions import override

from tracklift_adapters.moviepy.job_folder import JobFolder, sweep_jobs
from tracklift_adapters.moviepy.limits import Limits
from tracklift_adapters.moviepy.messages import Job
from tracklift_adapters.moviepy.spool import as_file
from tracklift_adapters.moviepy.worker_process import run_worker
from tracklift_domain.conversion.extraction_failures import protected_audio, storage_failed
from tracklift_domain.conversion.ports import AudioExtractor, ExtractedAudio, SeekableReader
from tracklift_domain.conversion.progress import Progress
from tracklift_domain.conversion.video import ExtractionPlan
from tracklift_domain.finishing import finish

_log = logging.getLogger(__name__)

_CHUNK = 256 * 1024
_PROTECTED = frozenset({"enca", "drms"})
"""Sample entries of encrypted audio: Common Encryption (ISO/IEC 23001-7) and FairPlay."""


class MoviePyAudioExtractor(AudioExtractor):
    """Extracts with MoviePy and ffmpeg, each time in a process and a folder of its own.

    A video that lies in an ordinary file is read where it is, any other is copied into the job's folder first. How
    many extractions run at once is up to the caller.

    Raises:
        ServiceUnavailableError: from `extract`, when the video's storage can't be reached.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        limits: Limits | None = None,
        stall_timeout: float = 60.0,
        ffmpeg: Path | None = None,
    ) -> None:
        """Make the extractor.

        Args:
            scratch: The folder for the jobs' folders; created when it is needed.
            limits: What one extraction may use. `None`: the defaults of `Limits`.
            stall_timeout: Seconds without progress after which an extraction is given up.
            ffmpeg: The program. `None`: the one that comes with imageio-ffmpeg.
        """
        self._scratch = scratch
        self._limits = limits or Limits()
        self._stall_timeout = stall_timeout
        self._ffmpeg = ffmpeg

    @override
    @asynccontextmanager
    async def extract(
        self, video: SeekableReader, plan: ExtractionPlan, report: Callable[[Progress], None]
    ) -> AsyncIterator[ExtractedAudio]:
        if plan.track_traits.codec in _PROTECTED:
            raise protected_audio()
        folder = JobFolder(self._scratch)
        try:
            audio = await self._make(video, plan, folder, report)
            yield audio
        finally:
            await finish(asyncio.to_thread(folder.remove))

    async def sweep_jobs(self) -> int:
        """Remove what extractions of killed processes left in the scratch folder, and give how many there were."""
        return await finish(asyncio.to_thread(sweep_jobs, self._scratch))

    async def _make(
        self,
        video: SeekableReader,
        plan: ExtractionPlan,
        folder: JobFolder,
        report: Callable[[Progress], None],
    ) -> ExtractedAudio:
        try:
            await finish(asyncio.to_thread(folder.create))
            ffmpeg = self._ffmpeg or Path(await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe))
            source = await as_file(video, folder.path)
            job = self._job(source, plan, folder.path)
            finished = await run_worker(job, plan.track, ffmpeg, self._stall_timeout, _paced(report))
        except OSError as error:
            _log.warning("An extraction could not be run: %r", error)
            raise storage_failed(error) from error
        return ExtractedAudio(
            size=finished.size,
            duration=finished.duration,
            decoded=finished.duration,
            bitrate=finished.bitrate,
            chunks=partial(_chunks, Path(finished.audio)),
        )

    def _job(self, source: Path, plan: ExtractionPlan, folder: Path) -> Job:
        return Job(
            parent=os.getpid(),
            video=str(source),
            folder=str(folder),
            sample_rate=plan.encoding.sample_rate,
            channels=plan.encoding.channels,
            bitrate=plan.encoding.bitrate,
            quality=plan.encoding.quality,
            codec=plan.track_traits.codec,
            declared=plan.track_traits.duration,
            start=plan.start,
            end=plan.end,
            longest=plan.longest,
            normalize=plan.normalize,
            tags=plan.tags,
            limits=self._limits,
        )


def _paced(report: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Drop reports that come within half a second of another: a worker's lines may come in a bunch."""
    loop = asyncio.get_running_loop()
    last = float("-inf")

    def paced(progress: Progress) -> None:
        nonlocal last
        if loop.time() - last >= 0.5:
            last = loop.time()
            report(progress)

    return paced


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    position = 0
    while chunk := await asyncio.to_thread(_read_at, path, position):
        position += len(chunk)
        yield chunk


def _read_at(path: Path, position: int) -> bytes:
    # The file is opened for each chunk, so that nothing is left open where a reader stops half way.
    with path.open("rb") as file:
        file.seek(position)
        return file.read(_CHUNK)
