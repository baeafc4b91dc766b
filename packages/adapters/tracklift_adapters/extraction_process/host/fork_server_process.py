"""The application's side of a fork server: starting it, having it fork workers, ending it."""

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack

from tracklift_adapters.extraction_process.host.channels import open_channels
from tracklift_adapters.extraction_process.host.child_process import ChildProcess
from tracklift_adapters.extraction_process.host.program import start_program
from tracklift_adapters.extraction_process.host.worker_process import Worker

_FORK_SERVER = "tracklift_adapters.extraction_process.fork_server"
_TIME_TO_START = 30.0
"""Seconds for the imports, which take 0.3 on a machine with nothing else to do."""
_TIME_TO_FORK = 0.5
"""Seconds for what takes 5 ms. Together with the time to end a worker it is less than a cancellation may take."""
_TIME_TO_LEAVE = 0.4
"""Seconds in which it goes by itself, before it is killed."""


class BrokenForkServerError(Exception):
    """The fork server is dead or hangs, or can't fork."""


class ForkServer:
    """A process that has imported what workers need, and forks them."""

    def __init__(self, process: ChildProcess, control: socket.socket) -> None:
        self._process = process
        self._control = control

    @property
    def pid(self) -> int:
        return self._process.pid

    async def fork(self) -> Worker:
        """Have it fork a worker. Must not be cancelled: the worker would be lost.

        Raises:
            BrokenForkServerError: it has not. It never will, as it is ended then.
            OSError: there is no descriptor left.
        """
        with ExitStack() as handed_over:
            channels, ends = await open_channels(handed_over)
            with contextlib.suppress(OSError):  # It is dead, or full of messages: there will be no line.
                socket.send_fds(self._control, [b"\0"], ends.all())
        try:
            line = await _line_in_time(channels.answers)
            if not line:
                # When it is dead, a worker that it has forked is the only one that can hold the pipe open.
                await self.kill()
                line = await _line_in_time(channels.answers)
            if line:
                return Worker(ChildProcess(int(line)), channels)
            # Nobody holds this pipe either, so what was said about it is here in a moment.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TIME_TO_FORK):
                    await channels.log.ended.wait()
        except BaseException:
            channels.close()
            raise
        channels.close()
        raise BrokenForkServerError(channels.log.text or "it does not answer")

    async def end(self) -> None:
        """Let it go."""
        self._control.close()
        await self._process.wait(_TIME_TO_LEAVE)
        await self.kill()

    async def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        await self._process.wait()
        self._control.close()


async def start_fork_server(preload: Sequence[str]) -> ForkServer:
    """Start a fork server, and wait until it has imported the modules.

    Raises:
        OSError: it can't be started.
        BrokenForkServerError: it has ended, or takes too long; what it says about it is on this process's own standard
            error.
    """
    control, other_end = socket.socketpair()
    try:
        with other_end:
            standard = (other_end.fileno(), subprocess.DEVNULL, None)
            process = start_program(_FORK_SERVER, preload, standard)
    except BaseException:
        control.close()
        raise
    control.settimeout(0)
    server = ForkServer(process, control)
    try:
        async with asyncio.timeout(_TIME_TO_START):
            ready = await asyncio.get_running_loop().sock_recv(control, 64)
    except (OSError, TimeoutError):
        ready = b""
    except BaseException:
        await server.kill()
        raise
    if not ready:
        await server.kill()
        raise BrokenForkServerError("it does not get ready")
    return server


async def _line_in_time(answers: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(_TIME_TO_FORK):
            return await answers.readline()
    except TimeoutError:
        return b""
