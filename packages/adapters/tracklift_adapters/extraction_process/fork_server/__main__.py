"""The fork server: a process that imports once what workers need, never reads a video, and forks workers.

Arguments: the process id of the application, then the modules to import. If a module has a function `prewarm`, the fork
server calls it. Standard input is a socket. The fork server sends a line there when it is ready. Each message that it
receives carries the descriptors for one worker: standard input, output and error, and the connection for the video's
bytes. The worker's first line is its process id. The fork server exits when the other end of the socket is closed.
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

from tracklift_adapters.extraction_process.fork_server.fork_as_sibling import fork_as_sibling
from tracklift_adapters.extraction_process.worker.parent_watchdog import exit_with_parent
from tracklift_adapters.extraction_process.worker.run_job import run_job


def main() -> None:
    """Fork a worker for each message; in the fork, be that worker."""
    parent, *preload = sys.argv[1:]
    exit_with_parent(int(parent), death_signal=signal.SIGKILL)
    control = socket.socket(fileno=os.dup(0))
    for name in preload:
        module = importlib.import_module(name)
        if hasattr(module, "prewarm"):
            module.prewarm()
    # What exists now is never freed. If the garbage collector traversed it, it would copy memory that the forks share.
    gc.collect()
    gc.freeze()
    control.send(b"ready\n")
    connection = _serve(control)
    os.setsid()
    exit_with_parent(int(parent))
    os.write(1, b"%d\n" % os.getpid())
    run_job(connection)
    _exit()


def _exit() -> NoReturn:
    """Exit without the interpreter's clean-up: it takes 10 to 15 ms to copy shared memory in order to free it."""
    atexit._run_exitfuncs()  # noqa: SLF001 - as multiprocessing does; coverage data are written there, too
    with contextlib.suppress(OSError):  # The application has ended.
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


def _serve(control: socket.socket) -> int:
    """Fork for each message. Return only in a fork, with its standard streams set: the descriptor for the video."""
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 4, socket.MSG_CMSG_CLOEXEC)
        if not descriptors:
            raise SystemExit(0)  # The application needs no more workers, or has ended.
        process = -1
        try:
            process = fork_as_sibling()
        except (OSError, RuntimeError) as error:
            with contextlib.suppress(OSError):  # The application has ended.
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
