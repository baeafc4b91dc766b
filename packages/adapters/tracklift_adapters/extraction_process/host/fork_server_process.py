"""The application's handle on a fork server: it starts the process, has it fork workers, and stops it."""

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack

from tracklift_adapters.extraction_process.host.channels import open_channels
from tracklift_adapters.extraction_process.host.child_process import ChildProcess, reap_orphans
from tracklift_adapters.extraction_process.host.start_process import start_process
from tracklift_adapters.extraction_process.host.worker_process import Worker

_FORK_SERVER = "tracklift_adapters.extraction_process.fork_server"
_START_TIMEOUT = 30.0
"""Seconds for the imports, which take 0.3 on an idle machine."""
_FORK_TIMEOUT = 0.5
"""Seconds for a fork, which takes 5 ms. With the timeout for stopping a worker it is below the second that a
cancellation may take."""
_STOP_TIMEOUT = 0.4
"""Seconds for an orderly exit, after which the fork server is killed."""


class BrokenForkServerError(Exception):
    """The fork server has ended, does not answer, or can't fork."""


class ForkServer:
    """A process that has imported what workers need, and forks them."""

    def __init__(self, process: ChildProcess, control: socket.socket) -> None:
        self._process = process
        self._control = control

    @property
    def pid(self) -> int:
        return self._process.pid

    async def fork(self) -> Worker:
        """Have it fork a worker. The caller must not cancel this, or the worker would be lost.

        Raises:
            BrokenForkServerError: there is no worker, and there never will be: the fork server has been killed, or has
                reported that it can't fork.
            OSError: this process has no free descriptor.
        """
        with ExitStack() as worker_ends:
            channels, ends = await open_channels(worker_ends)
            with contextlib.suppress(OSError):  # It has ended, or its queue is full: no line will come.
                socket.send_fds(self._control, [b"\0"], ends.all())
        try:
            line = await _read_line(channels.stdout)
            if not line:
                # Once the fork server is dead, only a worker that it has just forked can hold the pipe open.
                await self.kill()
                line = await _read_line(channels.stdout)
            if line:
                return Worker(ChildProcess(int(line)), channels)
            # No process holds the pipe of the log either, so it is read to its end without delay.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FORK_TIMEOUT):
                    await channels.log.ended.wait()
        except BaseException:
            channels.close()
            raise
        channels.close()
        raise BrokenForkServerError(channels.log.text or "it does not answer")

    async def stop(self) -> None:
        """Ask it to exit, and kill it if it does not."""
        self._control.close()
        await self._process.wait(_STOP_TIMEOUT)
        await self.kill()

    async def kill(self) -> None:
        """Kill it, and wait until it has ended."""
        self._process.kill()
        await self._process.wait()
        self._control.close()
        await reap_orphans(self.pid)


async def start_fork_server(preload: Sequence[str]) -> ForkServer:
    """Start a fork server, and wait until it has imported the modules.

    Raises:
        OSError: it can't be started.
        BrokenForkServerError: it has ended, or takes too long. The reason is on this process's standard error, which
            the fork server shares.
    """
    control, other_end = socket.socketpair()
    try:
        with other_end:
            standard = (other_end.fileno(), subprocess.DEVNULL, None)
            process = start_process(_FORK_SERVER, preload, standard)
    except BaseException:
        control.close()
        raise
    control.settimeout(0)
    server = ForkServer(process, control)
    try:
        async with asyncio.timeout(_START_TIMEOUT):
            ready = await asyncio.get_running_loop().sock_recv(control, 64)
    except (OSError, TimeoutError):
        ready = b""
    except BaseException:
        await server.kill()
        raise
    if not ready:
        await server.kill()
        raise BrokenForkServerError("it does not become ready")
    return server


async def _read_line(stdout: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(_FORK_TIMEOUT):
            return await stdout.readline()
    except TimeoutError:
        return b""
