"""The application's side of a worker: starting it, listening to it, ending it."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tracklift_adapters.moviepy.messages import (
    LONGEST_LINE,
    Failed,
    Finished,
    Job,
    decode_message,
    encode_job,
)
from tracklift_domain.conversion.extraction_failures import internal_error, timed_out
from tracklift_domain.conversion.progress import Progress
from tracklift_domain.finishing import finish

_log = logging.getLogger(__name__)

_WORKER = "tracklift_adapters.moviepy.worker"
_WRAPPER = Path(__file__).with_name("ffmpeg-safe")
_PASSED_ON = (
    "PATH",
    "LD_LIBRARY_PATH",
    "PYTHONDONTWRITEBYTECODE",
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


async def run_worker(
    job: Job, track: int, ffmpeg: Path, stall_timeout: float, report: Callable[[Progress], None]
) -> Finished:
    """Have a worker do a job on the audio track of this number. It is gone when this returns, however it returns.

    Raises:
        ExtractionError: with the code of the failure.
        OSError: the worker can't be started.
    """
    async with _started(_environment(job, track, ffmpeg)) as worker:
        async with _kept_log(worker) as log:
            outcome = await _listen(worker, job, stall_timeout, report)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TIME_TO_LEAVE):
                    await worker.wait()
        if outcome is None:
            text = bytes(log).decode("utf-8", "replace")
            _log.error("The worker ended without an answer, with status %s: %s", worker.returncode, text)
            raise internal_error()
    if isinstance(outcome, Failed):
        _log.warning("%s %s", outcome.error, outcome.log)
        raise outcome.error
    return outcome


async def _listen(
    worker: Process, job: Job, stall_timeout: float, report: Callable[[Progress], None]
) -> Finished | Failed | None:
    """Pass progress on until the worker has its answer; `None`: it ended without one, or made no sense."""
    assert worker.stdin is not None  # noqa: S101 - for the type checker: it was started with pipes
    assert worker.stdout is not None  # noqa: S101 - as above
    worker.stdin.write(encode_job(job))
    while True:
        try:
            async with asyncio.timeout(stall_timeout):
                line = await worker.stdout.readline()
        except TimeoutError as error:
            raise timed_out(stall_timeout) from error
        except ValueError:
            return None
        if not line:
            return None
        try:
            message = decode_message(line)
        except ValueError:
            _log.error("The worker wrote %r", line[:200])
            return None
        if not isinstance(message, Progress):
            return message
        report(message)


def _environment(job: Job, track: int, ffmpeg: Path) -> dict[str, str]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return environment | {
        "FFMPEG_BINARY": str(_WRAPPER),
        "SAFE_FFMPEG": str(ffmpeg),
        "SAFE_FFMPEG_TRACK": str(track),
        "HOME": job.folder,
        "TMPDIR": job.folder,
        "LC_ALL": "C.UTF-8",
        # The worker imports what the application imports, however that was installed.
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        # One thread and one pool of memory each, so that address space is no matter of how many processors there are.
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


@asynccontextmanager
async def _started(environment: dict[str, str]) -> AsyncIterator[Process]:
    """Start a worker, and end it with all that it started when the context is left."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-s",
            "-m",
            _WORKER,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=environment,
            cwd=environment["HOME"],
            start_new_session=True,
            limit=LONGEST_LINE,
        )
    )
    try:
        worker = await finish(starting)
    except asyncio.CancelledError:
        if not starting.cancelled() and starting.exception() is None:
            await finish(_end(starting.result()))
        raise
    try:
        yield worker
    finally:
        await finish(_end(worker))


async def _end(worker: Process) -> None:
    if worker.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            worker.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TIME_TO_LEAVE):
                await worker.wait()
    # Also when the worker is gone: somebody may have killed it alone.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    await worker.communicate()  # Reads the pipes to their end, so that they are closed.
    await _bury(worker.pid)


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


@asynccontextmanager
async def _kept_log(worker: Process) -> AsyncIterator[bytearray]:
    """Read the worker's standard error all the time and keep its end."""
    log = bytearray()
    reading = asyncio.ensure_future(_read_log(worker, log))
    try:
        yield log
    finally:
        reading.cancel()
        await asyncio.wait({reading})


async def _read_log(worker: Process, log: bytearray) -> None:
    assert worker.stderr is not None  # noqa: S101 - for the type checker: it was started with pipes
    while chunk := await worker.stderr.read(4096):
        log += chunk
        del log[:-_KEPT_LOG]
