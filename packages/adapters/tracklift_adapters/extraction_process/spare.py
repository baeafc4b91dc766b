"""Workers that are there before they are needed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tracklift_adapters.extraction_process.worker_process import Worker, start_worker
from tracklift_domain.finishing import finish

_log = logging.getLogger(__name__)


class WorkerSupply:
    """Gives workers, and keeps one spare after `prepare` until `close`.

    A spare is used once. The next one is started when the worker that was it has ended, as until then the processor
    has better things to do. While it waits it takes no processor time and 10 MB of memory, 35 MB where it has imported
    PyAV and NumPy beforehand (proportional set size).
    """

    def __init__(self, preload: Sequence[str]) -> None:
        """Make a supply of workers that import modules before they are needed."""
        self._preload = tuple(preload)
        self._keeps_spare = False
        self._spare: Worker | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def spare(self) -> Worker | None:
        """The one that is there now, if it has not ended unnoticed."""
        return self._spare

    async def prepare(self) -> None:
        """Start a spare, if there is none, and keep one from now on."""
        self._keeps_spare = True
        self._replace()
        if self._starting is not None:
            await asyncio.wait({self._starting})

    async def close(self) -> None:
        """End the spare, and keep none any more."""
        self._keeps_spare = False
        if self._starting is not None:
            self._starting.cancel()
            await finish(asyncio.wait({self._starting}))
        spare, self._spare = self._spare, None
        if spare is not None:
            await finish(spare.end())

    @asynccontextmanager
    async def worker(self, *, fresh: bool = False) -> AsyncIterator[Worker]:
        """Give the spare, if there is one that lives, else a fresh worker; it is ended when the context is left.

        Raises:
            OSError: it can't be started.
        """
        worker = None if fresh else await self._take()
        if worker is None:
            worker = await start_worker(self._preload)
        try:
            yield worker
        finally:
            await finish(worker.end())
            self._replace()

    async def _take(self) -> Worker | None:
        spare, self._spare = self._spare, None
        if spare is not None and spare.has_ended():
            _log.info("The spare worker %d has ended before it was needed", spare.pid)
            await finish(spare.end())
            return None
        return spare

    def _replace(self) -> None:
        if self._keeps_spare and self._spare is None and self._starting is None:
            self._starting = asyncio.create_task(self._start(), name="start of a spare worker")

    async def _start(self) -> None:
        try:
            self._spare = await start_worker(self._preload)
        except OSError as error:
            _log.warning("A spare worker could not be started: %r", error)
        finally:
            self._starting = None
