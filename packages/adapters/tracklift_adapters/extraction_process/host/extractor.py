import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.extraction_process.host.finished_audio import finished_audio
from tracklift_adapters.extraction_process.host.job_folder import JobFolder, sweep_jobs
from tracklift_adapters.extraction_process.host.video_server import READ_TIMEOUT, serve_video
from tracklift_adapters.extraction_process.host.worker_pool import WorkerPool
from tracklift_adapters.extraction_process.host.worker_process import Worker
from tracklift_adapters.extraction_process.host.worker_session import NotStartedError, WorkerSession
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

_ENCRYPTED = frozenset({"enca", "drms"})
"""Sample entries of encrypted audio: Common Encryption (ISO/IEC 23001-7) and FairPlay."""


class ProcessAudioExtractor(AudioExtractor):
    """Runs engines, each extraction in a process and a folder of its own.

    The process opens a video that is in a file by its path. It requests the bytes of any other video from the
    application, because it has no credentials of the storage. The caller limits how many extractions run at once.

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
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        """Create the extractor.

        Args:
            scratch: The folder for the jobs' folders; created when needed.
            engines: Names of `AudioEngine`s as "module:Class", to be tried in this order.
            preload: Modules that a process imports before it gets a job. If one has a function `prewarm`, the fork
                server that `prepare` starts calls it.
            limits: Resource limits of one extraction. `None`: the defaults of `Limits`.
            stall_timeout: Seconds without progress after which an extraction fails. The time for which it waits for the
                video's storage does not count.
            read_timeout: Seconds that one read of a video may take.
        """
        self._scratch = scratch
        self._engines = tuple(engines)
        self._limits = limits or Limits()
        self._stall_timeout = stall_timeout
        self._read_timeout = read_timeout
        self._pool = WorkerPool(preload)

    async def prepare(self) -> None:
        """Keep a fork server from now on: forking a worker takes 5 ms instead of the 300 of starting one."""
        await self._pool.prepare()

    async def close(self) -> None:
        """Stop the fork server. Extractions are still possible."""
        await self._pool.close()

    @override
    @asynccontextmanager
    async def extract(
        self, video: SeekableReader, plan: ExtractionPlan, report: Callable[[Progress], None]
    ) -> AsyncIterator[ExtractedAudio]:
        if plan.track_traits.codec in _ENCRYPTED:
            raise protected_audio()
        folder = JobFolder(self._scratch)
        try:
            try:
                await run_to_completion(asyncio.to_thread(folder.create))
                job = self._job(video, plan, folder.path)
                finished, worker_exit = await self._run(video, job, _throttled(report))
            except OSError as error:
                _log.warning("An extraction could not be run: %r", error)
                raise storage_failed(error) from error
            # The MP3 is complete, so the caller need not wait until the worker has ended.
            async with worker_exit:
                yield finished_audio(folder.path, finished)
        finally:
            await run_to_completion(asyncio.to_thread(folder.remove))

    async def sweep_jobs(self) -> int:
        """Remove the folders of killed processes in the scratch folder, and return how many there were."""
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

    async def _run(
        self, video: SeekableReader, job: Job, report: Callable[[Progress], None]
    ) -> tuple[Finished, AsyncExitStack]:
        """Return the result of a job, and a context on whose exit the worker is stopped; on failure it is already."""
        try:
            return await self._run_in_worker(video, job, report, fresh=False)
        except NotStartedError as error:
            # It may have been killed with the fork server, or for lack of memory.
            _log.info("A new worker is started: %s", error)
        try:
            return await self._run_in_worker(video, job, report, fresh=True)
        except NotStartedError as error:
            _log.error("No worker starts: %s", error)
            raise internal_error() from error

    async def _run_in_worker(
        self, video: SeekableReader, job: Job, report: Callable[[Progress], None], *, fresh: bool
    ) -> tuple[Finished, AsyncExitStack]:
        async with AsyncExitStack() as stack:
            worker = await stack.enter_async_context(self._pool.worker(fresh=fresh))
            return await self._result_of(worker, video, job, report), stack.pop_all()

    async def _result_of(
        self, worker: Worker, video: SeekableReader, job: Job, report: Callable[[Progress], None]
    ) -> Finished:
        session = WorkerSession(worker, job, self._stall_timeout, report)
        if job.video is not None:
            return await session.run()
        async with serve_video(video, worker.connection, read_timeout=self._read_timeout) as server:
            session.waited = server.waited
            try:
                finished = await session.run()
            except (ExtractionError, ServiceUnavailableError) as error:
                raise server.failure or error from None
            if server.failure is not None:
                raise server.failure
            return finished


def _throttled(report: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Drop a report within half a second of another: a worker's lines may arrive in a burst."""
    loop = asyncio.get_running_loop()
    last = float("-inf")

    def throttled(progress: Progress) -> None:
        nonlocal last
        if loop.time() - last >= 0.5:
            last = loop.time()
            report(progress)

    return throttled
