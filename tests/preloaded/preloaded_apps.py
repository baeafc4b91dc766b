"""A process that has imported apps, seen from the tests, and what it forks."""

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.preloaded.template import NUMBER, READY

_ROOT = Path(__file__).parents[2]
_READ_AT_START = ("COVERAGE", "LANG", "LC_", "LD_", "MALLOC", "PYTHON")
"""How the names of variables begin that count when the interpreter starts."""


def fits(environment: Mapping[str, str]) -> bool:
    """Tell whether a process with these variables can be forked: no interpreter starts that would read them."""
    return _read_at_start(environment) == _read_at_start(os.environ)


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


class PreloadedApps:
    """Waits with the apps of some packages imported, until this process ends."""

    def __init__(self, *packages: str) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.preloaded.template", *packages],
                cwd=_ROOT,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
            )
        self._turn = threading.Lock()
        atexit.register(self.end)
        assert self._control.recv(len(READY)) == READY, f"{packages} can't be imported"

    def fork(
        self,
        package: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        streams: tuple[int, int, int],
    ) -> "ForkedProcess":
        """Have a process go on from the imports with the app of one of the packages; it is a child of this one."""
        order = {
            "package": package,
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(folder),
        }
        message = json.dumps(order).encode()
        with self._turn:
            socket.send_fds(self._control, [NUMBER.pack(len(message))], streams)
            self._control.sendall(message)
            return ForkedProcess(NUMBER.unpack(self._control.recv(NUMBER.size, socket.MSG_WAITALL))[0])

    def end(self) -> None:
        """End it; what it has forked goes on."""
        self._control.close()
        self._process.wait()


class ForkedProcess:
    """A child of this process that `subprocess` has not started; behaves as its `Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Give its exit code, the negative number of the signal that killed it, or `None` while it runs."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not after so many seconds.
        """
        if self._code is None:
            descriptor = os.pidfd_open(self.pid)
            try:
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                if not poll.poll(None if timeout is None else timeout * 1000):
                    raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            finally:
                os.close(descriptor)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, sig: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)
