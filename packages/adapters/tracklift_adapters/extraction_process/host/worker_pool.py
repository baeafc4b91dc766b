"""Starting workers, forked by a fork server where there is one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tracklift_adapters.extraction_process.host.fork_server_process import (
    BrokenForkServerError,
    ForkServer,
    start_fork_server,
)
from tracklift_adapters.extraction_process.host.worker_process import Worker, await_start, start_worker
from tracklift_domain.run_to_completion import run_to_completion

_log = logging.getLogger(__name__)


class WorkerPool:
    """Provides workers, which a fork server forks from `prepare` until `close`.

    A broken fork server is replaced only after the worker that was started instead has ended: until then the processors
    are needed for the extraction.
    """

    def __init__(self, preload: Sequence[str]) -> None:
        """Provide workers that have imported these modules."""
        self._preload = tuple(preload)
        self._keeps_server = False
        self._server: ForkServer | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def fork_server(self) -> ForkServer | None:
        """The fork server that is ready. It may have ended since it was last used."""
        return self._server

    async def prepare(self) -> None:
        """Start a fork server unless there is one, and keep one from now on."""
        self._keeps_server = True
        self._replace()
        if self._starting is not None:
            await asyncio.wait({self._starting})

    async def close(self) -> None:
        """Stop the fork server, and start no other one."""
        self._keeps_server = False
        if self._starting is not None:
            self._starting.cancel()
            await run_to_completion(asyncio.wait({self._starting}))
        server, self._server = self._server, None
        if server is not None:
            await run_to_completion(server.stop())

    @asynccontextmanager
    async def worker(self, *, fresh: bool = False) -> AsyncIterator[Worker]:
        """Provide a worker, forked if possible, else started; it is stopped when the context is left.

        Args:
            fresh: The previous worker ended before its job started. So the fork server is killed, and the worker is
                started as a new process.

        Raises:
            OSError: the worker can't be started.
        """
        if fresh:
            await self._discard(self._server)
        worker = await self._forked()
        if worker is None:
            worker = await await_start(asyncio.ensure_future(start_worker(self._preload)))
        try:
            yield worker
        finally:
            await run_to_completion(worker.stop())
            self._replace()

    async def _forked(self) -> Worker | None:
        server = self._server
        if server is None:
            return None
        try:
            return await await_start(asyncio.ensure_future(server.fork()))
        except BrokenForkServerError as error:
            _log.warning(
                "Fork server %d is discarded, and a worker is started instead: %s", server.pid, error
            )
            await self._discard(server)
            return None

    async def _discard(self, server: ForkServer | None) -> None:
        if self._server is server:
            self._server = None
        if server is not None:
            await run_to_completion(server.kill())

    def _replace(self) -> None:
        if self._keeps_server and self._server is None and self._starting is None:
            self._starting = asyncio.create_task(self._start(), name="start of a fork server")

    async def _start(self) -> None:
        try:
            self._server = await start_fork_server(self._preload)
        except (OSError, BrokenForkServerError) as error:
            _log.warning("No fork server could be started: %s", error)
        finally:
            self._starting = None
