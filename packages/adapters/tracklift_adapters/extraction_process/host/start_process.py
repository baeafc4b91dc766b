"""Starting the processes of this package, in an environment without the application's secrets."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tracklift_adapters.extraction_process.host.child_process import ChildProcess

_INHERITED = (
    "PATH",
    "LD_LIBRARY_PATH",
    "PYTHONDONTWRITEBYTECODE",
    # The ffmpeg of engines that use one.
    "IMAGEIO_FFMPEG_EXE",
    # Coverage measures the processes that a measured one starts.
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
)
"""Variables that a process inherits from the application, whose environment also holds secrets."""


def start_process(
    module: str, arguments: Sequence[str], standard: tuple[int, int, int | None], passed: Sequence[int] = ()
) -> ChildProcess:
    """Run a Python module in a process and a session of its own.

    Args:
        module: Its name, as for `python -m`.
        arguments: What follows this process's id, the first argument.
        standard: Descriptors for its standard input, output and error; `None`: inherited.
        passed: Descriptors that it inherits besides, under the same numbers.

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
    # `ChildProcess` waits for it, as it does for forks. `Popen` must not warn that it was never waited for.
    process.returncode = 0
    return ChildProcess(process.pid)


def _environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return environment | {
        # Until there is a job with a folder.
        "HOME": "/",
        "LC_ALL": "C.UTF-8",
        # The process imports the same code as the application, however that was installed.
        "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path if path),
        # One thread and two memory arenas, so that the address space does not grow with the number of processors.
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
