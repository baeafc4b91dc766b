"""The process that workers are forked from: it imports once what they need, and never touches a video.

Its arguments are the process id of the application and the modules to import, of which those that have a function
`rehearse` have it called. Its standard input is a socket, on which it says that it is ready. Each message from there
brings the descriptors for one worker: standard input, output and error, and the connection to ask for a video's bytes.
The worker's first line is its process id. When the other end is closed, the fork server ends.
"""

import atexit
import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
from typing import NoReturn

from tracklift_adapters.extraction_process.fork_server.sibling import fork_sibling
from tracklift_adapters.extraction_process.worker.parent_watchdog import exit_with_parent
from tracklift_adapters.extraction_process.worker.run_job import run_job


def main() -> None:
    """Fork a worker for each message, and be one in the forks."""
    parent, *preload = sys.argv[1:]
    exit_with_parent(int(parent), death_signal=signal.SIGKILL)
    control = socket.socket(fileno=os.dup(0))
    for name in preload:
        module = importlib.import_module(name)
        if hasattr(module, "rehearse"):
            module.rehearse()
    # What is there now stays. Looking it through again would copy the memory that the forks share.
    gc.collect()
    gc.freeze()
    control.send(b"ready\n")
    connection = _forked(control)
    os.setsid()
    exit_with_parent(int(parent))
    os.write(1, b"%d\n" % os.getpid())
    run_job(connection)
    _leave()


def _leave() -> NoReturn:
    """End, without the tidying up of an interpreter: it would copy shared memory for 10 to 15 ms, to free it."""
    atexit._run_exitfuncs()  # noqa: SLF001 - as multiprocessing does, where coverage is written too
    with contextlib.suppress(OSError):  # Nobody listens any more.
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


def _forked(control: socket.socket) -> int:
    """Return in forks only, with the standard streams in place; give the descriptor of the connection."""
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 4, socket.MSG_CMSG_CLOEXEC)
        if not descriptors:
            raise SystemExit(0)  # The application needs no more of them, or has ended.
        process = -1
        try:
            process = fork_sibling()
        except (OSError, RuntimeError) as error:
            with contextlib.suppress(OSError):  # Nobody listens any more.
                os.write(descriptors[2], f"The fork server can't fork: {error}".encode())
        if process == 0:
            control.close()
            for standard, descriptor in enumerate(descriptors[:3]):
                os.dup2(descriptor, standard)
        kept = descriptors[3:] if process == 0 else []
        for descriptor in set(descriptors) - set(kept):
            os.close(descriptor)
        if kept:
            return kept[0]


if __name__ == "__main__":
    main()
