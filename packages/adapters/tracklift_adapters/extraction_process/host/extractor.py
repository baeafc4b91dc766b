import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.extraction_process.host.conversation import Conversation, NotBegunError
from tracklift_adapters.extraction_process.host.finished_audio import finished_audio
from tracklift_adapters.extraction_process.host.job_folder import JobFolder, sweep_jobs
from tracklift_adapters.extraction_process.host.supply import WorkerSupply
from tracklift_adapters.extraction_process.host.video_server import LONGEST_READING, serving
from tracklift_adapters.extraction_process.host.worker_process import Worker
from tracklift_adapters.extraction_process.protocol.job import Job
from tracklift_adapters.extraction_process.protocol.limits import Limits
from tracklift_adapters.extraction_process.protocol.messages import Finished
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failures import internal_error, protected_audio, storage_failed
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.ports import AudioExtractor
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.media.ports import SeekableReader
from tracklift_domain.run_to_completion import run_to_completion

_log = logging.getLogger(__name__)

_PROTECTED = frozenset({"enca", "drms"})
"""Sample entries of encrypted audio: Common Encryption (ISO/IEC 23001-7) and FairPlay."""


class ProcessAudioExtractor(AudioExtractor):
    """Has engines make MP3s, each time in a process and a folder of its own.

    A video that lies in an ordinary file is opened there by the process. The bytes of any other are handed to it as it
    asks for them, as it has no credentials of the storage. How many extractions run at once is up to the caller.

    Raises:
        ServiceUnavailableError: from `extract`, when the video's storage can't be reached.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        engines: Sequence[str],
        preload: Sequence[str] = (),
        limits: Limits | None = None,
        stall_timeout: float = 60.0,
        longest_reading: float = LONGEST_READING,
    ) -> None:
        """Make the extractor.

        Args:
            scratch: The folder for the jobs' folders; created when it is needed.
            engines: Each an `AudioEngine` named "module:Class", to be tried in this order.
            preload: Modules that a process imports before it gets a job. If one has a function `prewarm`, the fork
                server that `prepare` starts calls it.
            limits: What one extraction may use. `None`: the defaults of `Limits`.
            stall_timeout: Seconds without progress after which an extraction is given up. Those in which it waits for
                the video's storage don't count.
            longest_reading: Seconds for which one reading of a video may take.
        """
        self._scratch = scratch
        self._engines = tuple(engines)
        self._limits = limits or Limits()
        self._stall_timeout = stall_timeout
        self._longest_reading = longest_reading
        self._supply = WorkerSupply(preload)

    async def prepare(self) -> None:
        """Keep a process from now on that the others are forked from, which spares each its start (0.3 seconds)."""
        await self._supply.prepare()

    async def close(self) -> None:
        """End the process that is kept. Extractions are possible all the same."""
        await self._supply.close()

    @override
    @asynccontextmanager
    async def extract(
        self, video: SeekableReader, plan: ExtractionPlan, report: Callable[[Progress], None]
    ) -> AsyncIterator[ExtractedAudio]:
        if plan.track_traits.codec in _PROTECTED:
            raise protected_audio()
        folder = JobFolder(self._scratch)
        try:
            try:
                await run_to_completion(asyncio.to_thread(folder.create))
                job = self._job(video, plan, folder.path)
                finished, worker_leaving = await self._have_done(video, job, _paced(report))
            except OSError as error:
                _log.warning("An extraction could not be run: %r", error)
                raise storage_failed(error) from error
            # The MP3 is complete: whoever asked for it need not wait until the worker is gone.
            async with worker_leaving:
                yield finished_audio(folder.path, finished)
        finally:
            await run_to_completion(asyncio.to_thread(folder.remove))

    async def sweep_jobs(self) -> int:
        """Remove what extractions of killed processes left in the scratch folder, and give how many there were."""
        return await run_to_completion(asyncio.to_thread(sweep_jobs, self._scratch))

    def _job(self, video: SeekableReader, plan: ExtractionPlan, folder: Path) -> Job:
        return Job(
            engines=self._engines,
            video=None if video.path is None else str(video.path.absolute()),
            size=video.size,
            folder=str(folder),
            plan=plan,
            limits=self._limits,
        )

    async def _have_done(
        self, video: SeekableReader, job: Job, report: Callable[[Progress], None]
    ) -> tuple[Finished, AsyncExitStack]:
        """Give what came of the job, and what to leave when the worker must be gone; where it fails, it is."""
        try:
            return await self._have_done_by_worker(video, job, report, fresh=False)
        except NotBegunError as error:
            # As far as anybody knows, it was killed a moment ago, with the fork server or for want of memory.
            _log.info("A fresh worker is started: %s", error)
        try:
            return await self._have_done_by_worker(video, job, report, fresh=True)
        except NotBegunError as error:
            _log.error("No worker begins: %s", error)
            raise internal_error() from error

    async def _have_done_by_worker(
        self, video: SeekableReader, job: Job, report: Callable[[Progress], None], *, fresh: bool
    ) -> tuple[Finished, AsyncExitStack]:
        async with AsyncExitStack() as stack:
            worker = await stack.enter_async_context(self._supply.worker(fresh=fresh))
            return await self._told_by(worker, video, job, report), stack.pop_all()

    async def _told_by(
        self, worker: Worker, video: SeekableReader, job: Job, report: Callable[[Progress], None]
    ) -> Finished:
        conversation = Conversation(worker, job, self._stall_timeout, report)
        if job.video is not None:
            return await conversation.hold()
        async with serving(video, worker.connection, longest_reading=self._longest_reading) as server:
            conversation.waited = server.waited
            try:
                finished = await conversation.hold()
            except (ExtractionError, ServiceUnavailableError) as error:
                raise server.failure or error from None
            if server.failure is not None:
                raise server.failure
            return finished


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
