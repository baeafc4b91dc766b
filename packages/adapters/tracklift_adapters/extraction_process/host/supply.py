"""Workers, from a fork server where there is one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tracklift_adapters.extraction_process.host.fork_server_process import (
    BrokenForkServerError,
    ForkServer,
    start_fork_server,
)
from tracklift_adapters.extraction_process.host.worker_process import Worker, start_worker, unbroken
from tracklift_domain.run_to_completion import run_to_completion

_log = logging.getLogger(__name__)


class WorkerSupply:
    """Gives workers, which a fork server forks after `prepare` and until `close`.

    One that breaks is replaced when the worker that was started in its stead has ended, as until then the processor
    has better things to do.
    """

    def __init__(self, preload: Sequence[str]) -> None:
        """Make a supply of workers that have imported modules."""
        self._preload = tuple(preload)
        self._keeps_server = False
        self._server: ForkServer | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def fork_server(self) -> ForkServer | None:
        """The one that is ready now, if it has not ended unnoticed."""
        return self._server

    async def prepare(self) -> None:
        """Start a fork server, if there is none, and keep one from now on."""
        self._keeps_server = True
        self._replace()
        if self._starting is not None:
            await asyncio.wait({self._starting})

    async def close(self) -> None:
        """End the fork server, and keep none any more."""
        self._keeps_server = False
        if self._starting is not None:
            self._starting.cancel()
            await run_to_completion(asyncio.wait({self._starting}))
        server, self._server = self._server, None
        if server is not None:
            await run_to_completion(server.end())

    @asynccontextmanager
    async def worker(self, *, fresh: bool = False) -> AsyncIterator[Worker]:
        """Give a worker, forked if that is possible, else started; it is ended when the context is left.

        Args:
            fresh: The last one has not even begun. It is started, and the fork server given up.

        Raises:
            OSError: it can't be started.
        """
        if fresh:
            await self._give_up(self._server)
        worker = await self._forked()
        if worker is None:
            worker = await unbroken(asyncio.ensure_future(start_worker(self._preload)))
        try:
            yield worker
        finally:
            await run_to_completion(worker.end())
            self._replace()

    async def _forked(self) -> Worker | None:
        server = self._server
        if server is None:
            return None
        try:
            return await unbroken(asyncio.ensure_future(server.fork()))
        except BrokenForkServerError as error:
            _log.warning("The fork server %d is given up, and a worker started: %s", server.pid, error)
            await self._give_up(server)
            return None

    async def _give_up(self, server: ForkServer | None) -> None:
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
            _log.warning("A fork server could not be started: %s", error)
        finally:
            self._starting = None
