"""What is said between the application and a worker with a job."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from tracklift_adapters.extraction_process.host.worker_process import Worker
from tracklift_adapters.extraction_process.protocol.job import Job
from tracklift_adapters.extraction_process.protocol.messages import (
    Begun,
    Failed,
    Finished,
    PassedOver,
    decode_message,
)
from tracklift_domain.extraction.failures import internal_error, timed_out
from tracklift_domain.extraction.progress import Progress

_log = logging.getLogger(__name__)


class NotBegunError(Exception):
    """The worker ended before the job had reached it."""


def _not_at_all() -> float:
    return 0.0


@dataclass(slots=True)
class Conversation:
    """A worker and its job, and who hears of progress."""

    worker: Worker
    job: Job
    stall_timeout: float
    """Seconds without a word after which the worker is given up."""
    report: Callable[[Progress], None]
    waited: Callable[[], float] = _not_at_all
    """Gives the seconds for which the worker has waited for the video's storage. Raises `ServiceUnavailableError` when
    it waits too long."""
    _begun: bool = False

    async def hold(self) -> Finished:
        """Have the job done.

        Raises:
            NotBegunError: it has not reached the worker.
            ExtractionError: with the code of the failure.
            ServiceUnavailableError: the video's storage can't be reached.
        """
        self.worker.give(self.job)
        outcome = await self._listen()
        if isinstance(outcome, Finished):
            return outcome
        await self.worker.leave()
        if outcome is None:
            worker = self.worker
            ended = f"The worker ended without an answer, with status {worker.status}: {worker.log}"
            if not self._begun:
                raise NotBegunError(ended)
            _log.error(ended)
            raise internal_error()
        _log.warning("%s %s", outcome.error, outcome.log)
        raise outcome.error

    async def _listen(self) -> Finished | Failed | None:
        """Pass progress on until the worker has its answer; `None`: it ended without one, or made no sense."""
        while True:
            try:
                line = await self._line()
            except ValueError:
                return None
            if not line:
                return None
            try:
                message = decode_message(line)
            except ValueError:
                _log.error("The worker wrote %r", line[:200])
                return None
            match message:
                case Begun():
                    self._begun = True
                case PassedOver():
                    _log.info(
                        "%s leaves an extraction to the next engine: %s", message.engine, message.reason
                    )
                case Progress():
                    self.report(message)
                case Finished() | Failed():
                    return message

    async def _line(self) -> bytes:
        """Give the worker's next line. While it waits for the storage it does not stall."""
        loop = asyncio.get_running_loop()
        began = loop.time() - self.waited()
        while (left := began + self.waited() + self.stall_timeout - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    return await self.worker.line()
        raise timed_out(self.stall_timeout)
