"""Forking a process whose parent is the parent of the forking process.

So the application that started a fork server is the parent of the forks: it waits for them, gets their exit statuses
and resource usage, and does not depend on how long the fork server lives.
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
"""The number of the system call clone(2) by machine. Not clone3(2), which Docker's default profile forbids."""

_libc = ctypes.PyDLL(None, use_errno=True)


def fork_as_sibling() -> int:
    """Fork as `os.fork` does, but as a sibling; return 0 in the new process and its process id in this one.

    `os.fork` can't choose the parent. So this makes the system call itself, between the interpreter's documented hooks
    (`PyOS_BeforeFork` and so on). Of what the C library does in fork(3), only one thing matters in a process with one
    thread: the thread id that it caches. Handlers registered with pthread_atfork(3) are not called.

    Raises:
        OSError: the system or this machine does not support it (EAGAIN, ENOMEM, ENOSYS).
        RuntimeError: there are several threads. In the new process, locks that other threads hold would stay locked.
    """
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"there are {threads} threads")
    number, cached_tid = _CLONE.get(platform.machine()), _address_of_cached_tid()
    if number is None:
        raise OSError(errno.ENOSYS, f"The number of clone(2) is not known on {platform.machine()}")
    flags = _CLONE_PARENT | _CLONE_CHILD_CLEARTID | _CLONE_CHILD_SETTID | signal.SIGCHLD
    ctypes.pythonapi.PyOS_BeforeFork()
    # The fourth and fifth arguments are swapped between the two machines; the one that is not needed is ignored.
    process: int = _libc.syscall(*map(ctypes.c_long, (number, flags, 0, 0, cached_tid, cached_tid)))
    if process == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    code = ctypes.get_errno()
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if process < 0:
        raise OSError(code, os.strerror(code))
    return process


def _address_of_cached_tid() -> int:
    """Return where the C library caches the id of this thread: the kernel has to write the new id there."""
    address = ctypes.c_void_p()
    if _libc.prctl(_GET_TID_ADDRESS, ctypes.byref(address)) != 0 or not address.value:
        raise OSError(errno.ENOSYS, "The kernel does not tell where the thread id is cached")
    if ctypes.c_int.from_address(address.value).value != threading.get_native_id():
        raise OSError(errno.ENOSYS, "The C library caches the thread id elsewhere")
    return address.value
