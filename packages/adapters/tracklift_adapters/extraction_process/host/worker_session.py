"""One job of a worker: the application sends it, follows the progress and gets the result."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from tracklift_adapters.extraction_process.host.worker_process import Worker
from tracklift_adapters.extraction_process.protocol.job import Job
from tracklift_adapters.extraction_process.protocol.messages import (
    EngineSkipped,
    Failed,
    Finished,
    Started,
    decode_message,
)
from tracklift_domain.extraction.failures import internal_error, timed_out
from tracklift_domain.extraction.progress import Progress

_log = logging.getLogger(__name__)


class NotStartedError(Exception):
    """The worker ended before it had received the job."""


def _no_wait() -> float:
    return 0.0


@dataclass(slots=True)
class WorkerSession:
    """A worker, its job, and the callback for progress."""

    worker: Worker
    job: Job
    stall_timeout: float
    """Seconds without a message after which the extraction fails."""
    report: Callable[[Progress], None]
    waited: Callable[[], float] = _no_wait
    """Returns the seconds for which the worker has waited for the video's storage. Raises `ServiceUnavailableError`
    when it waits for too long."""
    _started: bool = False

    async def run(self) -> Finished:
        """Run the job.

        Raises:
            NotStartedError: the worker has not received it.
            ExtractionError: with the code of the failure.
            ServiceUnavailableError: the video's storage can't be reached.
        """
        self.worker.send_job(self.job)
        outcome = await self._result()
        if isinstance(outcome, Finished):
            return outcome
        await self.worker.wait_for_exit()
        if outcome is None:
            worker = self.worker
            ended = f"The worker ended without a result, with status {worker.status}: {worker.log}"
            if not self._started:
                raise NotStartedError(ended)
            _log.error(ended)
            raise internal_error()
        _log.warning("%s %s", outcome.error, outcome.log)
        raise outcome.error

    async def _result(self) -> Finished | Failed | None:
        """Report progress until the worker has its result; `None`: it ended without one, or sent an invalid message."""
        while True:
            try:
                line = await self._read_line()
            except ValueError:
                return None
            if not line:
                return None
            try:
                message = decode_message(line)
            except ValueError:
                _log.error("The worker sent an invalid message: %r", line[:200])
                return None
            match message:
                case Started():
                    self._started = True
                case EngineSkipped():
                    _log.info("%s does not cover an extraction: %s", message.engine, message.reason)
                case Progress():
                    self.report(message)
                case Finished() | Failed():
                    return message

    async def _read_line(self) -> bytes:
        """Return the worker's next line. The time for which it waits for the storage does not count as a stall."""
        loop = asyncio.get_running_loop()
        began = loop.time() - self.waited()
        while (left := began + self.waited() + self.stall_timeout - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    return await self.worker.read_line()
        raise timed_out(self.stall_timeout)
