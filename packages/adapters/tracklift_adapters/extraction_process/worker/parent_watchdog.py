"""Making sure that a worker does not outlive the application."""

import ctypes
import os
import signal
import threading
from types import FrameType
from typing import NoReturn

_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def exit_with_parent(parent: int, *, death_signal: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent ends.

    Args:
        parent: The process id that the parent must have. This process exits at once if it has another one: the
            application has ended already.
        death_signal: SIGTERM leaves time to stop child processes; SIGKILL also ends a process that is stopped.

    Raises:
        SystemExit: the parent is another process.
    """
    signal.signal(signal.SIGTERM, _exit)
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, death_signal)
    if os.getppid() != parent:
        raise SystemExit(1)


def exit_with_stdin() -> None:
    """Kill this process and its process group when standard input ends. The job must have been read from it before.

    Standard input is a pipe that the application keeps open, so its end means that the application has ended, however
    that happened. This also works where the parent is another process than the application.
    """
    threading.Thread(target=_wait_for_end, daemon=True).start()


def kill_process_group() -> NoReturn:
    """Kill this process and its process group."""
    os.killpg(0, signal.SIGKILL)
    raise SystemExit(1)


def _exit(_signal: int, _frame: FrameType | None) -> None:
    # While the interpreter unwinds, the child processes are stopped and waited for, so that no zombie is left.
    raise SystemExit(1)


def _wait_for_end() -> None:
    while os.read(0, 1):
        pass
    # No Python function may be called from here on: a debugger or a coverage tracer would be called with it, and the
    # main thread may hold the tracer's lock.
    os.killpg(0, signal.SIGKILL)
