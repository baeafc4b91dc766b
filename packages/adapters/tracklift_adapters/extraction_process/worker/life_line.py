"""Making sure that a worker does not outlive the application."""

import ctypes
import os
import signal
import threading
from types import FrameType
from typing import NoReturn

_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def hold_to_parent(parent: int, *, told_by: signal.Signals = signal.SIGTERM) -> None:
    """End this process when the application ends, as Linux tells by a signal.

    The parent is the process with the id `parent`, unless that has ended already. SIGTERM leaves the time to stop
    programs; SIGKILL ends a process that is stopped, too.
    """
    signal.signal(signal.SIGTERM, _leave)
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, told_by)
    if os.getppid() != parent:
        raise SystemExit(1)


def hold_to_input() -> None:
    """End this process and its process group when standard input ends, of which all that matters has been read.

    It is a pipe that the application holds open: its end means that the application is gone, in whichever way. That
    helps where the parent is somebody else.
    """
    threading.Thread(target=_wait_for_end, daemon=True).start()


def end_at_once() -> NoReturn:
    """End this process and its process group."""
    os.killpg(0, signal.SIGKILL)
    raise SystemExit(1)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # The way out stops the programs that were started and waits for them, so that no dead ones are left.
    raise SystemExit(1)


def _wait_for_end() -> None:
    while os.read(0, 1):
        pass
    # Nothing written in Python is called any more: a debugger, or what measures coverage, is asked at each such call,
    # and the main thread may have been interrupted while it held their lock.
    os.killpg(0, signal.SIGKILL)
