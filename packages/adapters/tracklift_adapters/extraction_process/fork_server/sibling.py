"""Forking a process whose parent is this process's parent.

So whoever started a fork server waits for its forks itself: it learns how they end, is told what they used, and hears
nothing of the fork server's own end.
"""

import ctypes
import errno
import os
import platform
import signal
import threading
from pathlib import Path

_CLONE_PARENT, _CLONE_CHILD_CLEARTID, _CLONE_CHILD_SETTID = 0x8000, 0x20_0000, 0x100_0000
"""Flags of clone(2). The last two are those with which the C library itself forks."""
_GET_TID_ADDRESS = 40
"""PR_GET_TID_ADDRESS of prctl(2)."""
_CLONE = {"x86_64": 56, "aarch64": 220}
"""The number of clone(2) by machine. Not clone3(2), which containers may not call (Docker's default profile)."""

_libc = ctypes.PyDLL(None, use_errno=True)


def fork_sibling() -> int:
    """Fork as `os.fork` does, but for the parent; give 0 in the new process and its process id in this one.

    `os.fork` can't be told the parent. So this is the system call with what belongs around it: the interpreter's part,
    by its documented interface (`PyOS_BeforeFork` and so on), and of the C library's what matters where there is but
    one thread: the thread's number, which it keeps. What libraries want to be called by pthread_atfork(3) is not.

    Raises:
        OSError: the system or this machine does not allow it (EAGAIN, ENOMEM, ENOSYS).
        RuntimeError: there are several threads, which would be missing in the new process while they hold locks.
    """
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"there are {threads} threads")
    number, kept = _CLONE.get(platform.machine()), _kept_thread_number()
    if number is None:
        raise OSError(errno.ENOSYS, f"Not known on {platform.machine()}")
    flags = _CLONE_PARENT | _CLONE_CHILD_CLEARTID | _CLONE_CHILD_SETTID | signal.SIGCHLD
    ctypes.pythonapi.PyOS_BeforeFork()
    # The fourth and the fifth argument change places between machines, and the other one is not looked at.
    process: int = _libc.syscall(*map(ctypes.c_long, (number, flags, 0, 0, kept, kept)))
    if process == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    code = ctypes.get_errno()
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if process < 0:
        raise OSError(code, os.strerror(code))
    return process


def _kept_thread_number() -> int:
    """Give the address where the C library keeps the number of this thread, which the kernel is to set anew."""
    address = ctypes.c_void_p()
    if _libc.prctl(_GET_TID_ADDRESS, ctypes.byref(address)) != 0 or not address.value:
        raise OSError(errno.ENOSYS, "The kernel does not tell where the thread's number is kept")
    if ctypes.c_int.from_address(address.value).value != threading.get_native_id():
        raise OSError(errno.ENOSYS, "The C library keeps the thread's number elsewhere")
    return address.value
