"""The application's side of a worker: starting it, speaking with it, ending it."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack

from tracklift_adapters.extraction_process.host.channels import Channels, open_channels
from tracklift_adapters.extraction_process.host.child_process import ChildProcess
from tracklift_adapters.extraction_process.host.program import start_program
from tracklift_adapters.extraction_process.protocol.job import Job, encode_job
from tracklift_domain.run_to_completion import run_to_completion

_WORKER = "tracklift_adapters.extraction_process.worker"
_TIME_TO_LEAVE = 0.4
"""Seconds in which a worker stops its programs and goes, before all of them are killed."""
_BURIAL_TRIES = 100
"""How often dead programs are looked for, at intervals of 5 ms."""


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
        """As `subprocess` gives it, once it has ended."""
        return self._process.status

    @property
    def connection(self) -> socket.socket:
        """Where it asks for the bytes of a video."""
        return self._channels.connection

    @property
    def log(self) -> str:
        """The end of what it has written on its standard error."""
        return self._channels.log.text

    def give(self, job: Job) -> None:
        """Tell it what to do."""
        self._channels.orders.write(encode_job(job))

    async def line(self) -> bytes:
        """Give the next line that it writes, nothing at its end.

        Raises:
            ValueError: it writes without end.
        """
        return await self._channels.answers.readline()

    async def leave(self) -> None:
        """Give it the time to end by itself, and to have its log read."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TIME_TO_LEAVE):
                await self._process.wait()
                await self._channels.log.ended.wait()

    async def end(self) -> None:
        """End it with all that it started."""
        self._process.terminate()
        await self.leave()
        self._process.kill()
        await self._process.wait()
        self._channels.close()
        await _bury(self._process.pid)


async def start_worker(preload: Sequence[str]) -> Worker:
    """Start a worker that imports modules and waits for its job.

    Raises:
        OSError: it can't be started.
    """
    with ExitStack() as handed_over:
        channels, ends = await open_channels(handed_over)
        try:
            arguments = [str(ends.connection), *preload]
            process = start_program(_WORKER, arguments, ends.standard, passed=[ends.connection])
        except BaseException:
            channels.close()
            raise
    return Worker(process, channels)


async def unbroken(starting: "asyncio.Future[Worker]") -> Worker:
    """Await a worker's start to its end, and end the worker if the caller has been cancelled meanwhile."""
    try:
        return await run_to_completion(starting)
    except asyncio.CancelledError:
        if not starting.cancelled() and starting.exception() is None:
            await run_to_completion(starting.result().end())
        raise


async def _bury(group: int) -> None:
    """Take note of the end of the worker's own programs, where they fell to this process.

    They do when their worker was killed and this process is the first one of a container.
    """
    for _ in range(_BURIAL_TRIES):
        try:
            process, _ = os.waitpid(-group, os.WNOHANG)  # noqa: ASYNC222 - does not wait
        except ChildProcessError:
            return
        if process == 0:
            await asyncio.sleep(0.005)
