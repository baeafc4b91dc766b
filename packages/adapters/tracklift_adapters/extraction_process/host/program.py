"""Starting the processes of this package: in what surroundings, and with what of the application's environment."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tracklift_adapters.extraction_process.host.child_process import ChildProcess

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
"""Variables that the process gets from the application's environment, which holds secrets besides."""


def start_program(
    module: str, arguments: Sequence[str], standard: tuple[int, int, int | None], passed: Sequence[int] = ()
) -> ChildProcess:
    """Run a module in a process and a session of its own, with this process's id before the other arguments.

    Args:
        module: What is run.
        arguments: What it is told.
        standard: Descriptors for its standard input, output and error; `None`: this process's own.
        passed: Descriptors that it gets besides, under the same numbers.

    Raises:
        OSError: it can't be started.
    """
    process = subprocess.Popen(  # noqa: S603 - this Python, and modules that the application's settings name
        [sys.executable, "-P", "-s", "-m", module, str(os.getpid()), *arguments],
        stdin=standard[0],
        stdout=standard[1],
        stderr=standard[2],
        env=_environment(),
        cwd="/",
        pass_fds=passed,
        start_new_session=True,
    )
    # It is waited for as those are that a fork server has forked. What started it shall not miss its end.
    process.returncode = 0
    return ChildProcess(process.pid)


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
