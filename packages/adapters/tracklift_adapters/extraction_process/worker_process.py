"""The application's side of a worker: starting it, speaking with it, ending it."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tracklift_adapters.extraction_process.job import Job, encode_job
from tracklift_adapters.extraction_process.messages import LONGEST_LINE
from tracklift_domain.finishing import finish

_WORKER = "tracklift_adapters.extraction_process.worker"
_PASSED_ON = (
    "PATH",
    "LD_LIBRARY_PATH",
    "PYTHONDONTWRITEBYTECODE",
    # Names the ffmpeg of engines that use one.
    "IMAGEIO_FFMPEG_EXE",
    # Coverage measures the processes that a measured one starts.
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
)
"""Variables that the worker gets from the application's environment, which holds secrets besides."""
_TIME_TO_LEAVE = 0.4
"""Seconds in which a worker stops its programs and goes, before all of them are killed."""
_BURIAL_TRIES = 100
"""How often dead programs are looked for, at intervals of 5 ms."""
_KEPT_LOG = 8 * 1024
"""Bytes kept of the end of a worker's standard error."""


class Worker:
    """A process that does one job."""

    def __init__(self, process: Process, connection: socket.socket) -> None:
        self._process = process
        self._has_job = False
        self.connection = connection
        """Where it asks for the bytes of a video."""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """As `subprocess` gives it, once the event loop has heard of the end."""
        return self._process.returncode

    def has_ended(self) -> bool:
        """Look whether it has ended, which the event loop may not have heard of yet."""
        try:
            look = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self._process.pid, look) is not None
        except ChildProcessError:
            return True

    def give(self, job: Job) -> None:
        """Tell it what to do."""
        assert self._process.stdin is not None  # noqa: S101 - for the type checker: it was started with pipes
        self._has_job = True
        self._process.stdin.write(encode_job(job))

    async def line(self) -> bytes:
        """Give the next line that it writes, nothing at its end.

        Raises:
            ValueError: it writes without end.
        """
        assert self._process.stdout is not None  # noqa: S101 - as above
        return await self._process.stdout.readline()

    async def leave(self) -> None:
        """Give it the time to end by itself."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TIME_TO_LEAVE):
                await self._process.wait()

    async def end(self) -> None:
        """End it with all that it started."""
        if self._process.returncode is None:
            # Not by the process's own method, which would take note of an end in the event loop's place.
            if not self.has_ended():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._process.pid, signal.SIGTERM)
            await self.leave()
        # Also when the worker is gone, as somebody may have killed it alone. Without a job it has started nothing, and
        # may be gone for so long that its number belongs to somebody else.
        if self._has_job or self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self.connection.close()
        await self._process.communicate()  # Reads the pipes to their end, so that they are closed.
        await _bury(self._process.pid)

    @asynccontextmanager
    async def kept_log(self) -> AsyncIterator[bytearray]:
        """Read its standard error all the time and keep the end."""
        log = bytearray()
        reading = asyncio.ensure_future(self._read_log(log))
        try:
            yield log
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def _read_log(self, log: bytearray) -> None:
        assert self._process.stderr is not None  # noqa: S101 - as above
        while chunk := await self._process.stderr.read(4096):
            log += chunk
            del log[:-_KEPT_LOG]


async def start_worker(preload: Sequence[str]) -> Worker:
    """Start a worker that waits for its job, and imports modules meanwhile.

    Raises:
        OSError: it can't be started.
    """
    connection, other_end = socket.socketpair()
    with other_end:
        starting = asyncio.ensure_future(_start_process(other_end.fileno(), preload))
        try:
            process = await finish(starting)
        except asyncio.CancelledError:
            if not starting.cancelled() and starting.exception() is None:
                await finish(Worker(starting.result(), connection).end())
            connection.close()
            raise
        except BaseException:
            connection.close()
            raise
    return Worker(process, connection)


async def _start_process(descriptor: int, preload: Sequence[str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-s",
        "-m",
        _WORKER,
        str(os.getpid()),
        str(descriptor),
        *preload,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=_environment(),
        cwd="/",
        pass_fds=(descriptor,),
        start_new_session=True,
        limit=LONGEST_LINE,
    )


def _environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return environment | {
        # Nobody's, until there is a job with a folder.
        "HOME": "/",
        "LC_ALL": "C.UTF-8",
        # The worker imports what the application imports, however that was installed.
        "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path if path),
        # One thread and one pool of memory each, so that address space is no matter of how many processors there are.
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


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
