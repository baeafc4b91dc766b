"""Runs one server for as long as the process lives that started this one.

    guard.py FOLDER LOG COMMAND...

Prints the server's process id, and ends when the server has ended. When standard input reaches its end, the starter
has died, however it died: then the server is killed and FOLDER removed. Runs on the bare standard library.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
"""From Linux's <sys/prctl.h>: the signal that a process gets when its parent dies."""


def run(folder: Path, log: Path, command: Sequence[str]) -> int:
    """Run the command in a process group of its own, and give its exit code."""
    libc = ctypes.CDLL(None)
    with log.open("ab") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
            # Should this process be killed, the server has nobody left to end it.
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509  one thread so far
        )
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    abandoned = threading.Event()
    threading.Thread(target=_kill_when_abandoned, args=(server.pid, abandoned), daemon=True).start()
    code = server.wait()
    _kill_group(server.pid)
    if abandoned.is_set():
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()  # Succeeds for the last of the servers that share it.
    return code


def _kill_when_abandoned(group: int, abandoned: threading.Event) -> None:
    # Not through sys.stdin, whose lock would be held while the interpreter ends.
    while os.read(0, 1024):
        pass
    abandoned.set()
    _kill_group(group)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(abs(run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])))
