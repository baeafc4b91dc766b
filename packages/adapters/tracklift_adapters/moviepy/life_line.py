"""Making sure that a worker does not outlive the application."""

import ctypes
import os
import signal
import threading
from types import FrameType

_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def hold_to_parent(parent: int) -> None:
    """End this process and its process group when the application ends, in whichever way it ends.

    Standard input is a pipe that the application holds open: its end means that the application is gone. Linux also
    sends a signal when the parent ends, which helps where another process of the application holds the pipe too.
    """
    signal.signal(signal.SIGTERM, _leave)
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit(1)
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # The way out stops the programs that were started and waits for them, so that no dead ones are left.
    raise SystemExit(1)


def _wait_for_end() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)
