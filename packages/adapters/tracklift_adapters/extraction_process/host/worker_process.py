"""The application's handle on a worker: it starts the process, talks to it, and stops it."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from contextlib import ExitStack

from tracklift_adapters.extraction_process.host.channels import Channels, open_channels
from tracklift_adapters.extraction_process.host.child_process import ChildProcess, reap_orphans
from tracklift_adapters.extraction_process.host.start_process import start_process
from tracklift_adapters.extraction_process.protocol.job import Job, encode_job
from tracklift_domain.run_to_completion import run_to_completion

_WORKER = "tracklift_adapters.extraction_process.worker"
_STOP_TIMEOUT = 0.4
"""Seconds in which a worker stops its child processes and exits, before all of them are killed."""


class Worker:
    """A process that does one job."""

    def __init__(self, process: ChildProcess, channels: Channels) -> None:
        self._process = process
        self._channels = channels

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """As `subprocess` gives it, once the worker has ended."""
        return self._process.status

    @property
    def connection(self) -> socket.socket:
        """Where it requests the bytes of a video."""
        return self._channels.connection

    @property
    def log(self) -> str:
        """The end of what it has written to its standard error."""
        return self._channels.log.text

    def send_job(self, job: Job) -> None:
        """Send it its job."""
        self._channels.stdin.write(encode_job(job))

    async def read_line(self) -> bytes:
        """Return the next line that it writes, or nothing at its end.

        Raises:
            ValueError: the line is too long.
        """
        return await self._channels.stdout.readline()

    async def wait_for_exit(self) -> None:
        """Give it some time to exit by itself, and read its log to the end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_TIMEOUT):
                await self._process.wait()
                await self._channels.log.ended.wait()

    async def stop(self) -> None:
        """End it, with all processes that it started."""
        self._process.terminate()
        await self.wait_for_exit()
        self._process.kill()
        await self._process.wait()
        self._channels.close()
        await reap_orphans(self._process.pid)


async def start_worker(preload: Sequence[str]) -> Worker:
    """Start a worker that imports modules and waits for its job.

    Raises:
        OSError: it can't be started.
    """
    with ExitStack() as worker_ends:
        channels, ends = await open_channels(worker_ends)
        try:
            arguments = [str(ends.connection), *preload]
            process = start_process(_WORKER, arguments, ends.standard, passed=[ends.connection])
        except BaseException:
            channels.close()
            raise
    return Worker(process, channels)


async def await_start(starting: "asyncio.Future[Worker]") -> Worker:
    """Wait until a worker has started, even if cancelled; then stop the worker and be cancelled."""
    try:
        return await run_to_completion(starting)
    except asyncio.CancelledError:
        if not starting.cancelled() and starting.exception() is None:
            await run_to_completion(starting.result().stop())
        raise
