import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers.errors import ServersUnavailableError, last_lines

_GUARD = Path(__file__).with_name("guard.py")


class GuardedProcess:
    """A server process in a group of its own, which dies with this process however this process dies."""

    def __init__(
        self, command: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]
    ) -> None:
        """Start the command; its output goes to the end of `log`. `folder` is removed if this process is killed."""
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARD), str(folder), str(log), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            # Ctrl-C is for this process, which then stops its servers in order.
            start_new_session=True,
        )
        assert self._guard.stdout is not None
        assert self._guard.stderr is not None
        first_line = self._guard.stdout.readline()
        if not first_line:
            complaint = self._guard.stderr.read().decode(errors="replace")
            self._close()
            raise ServersUnavailableError(
                f"{command[0]} could not be started:\n{complaint}\n{last_lines(log)}"
            )
        self.pid = int(first_line)

    @property
    def running(self) -> bool:
        """Whether the server has not ended; a paused one counts as running."""
        return self._guard.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and all that it started."""
        if self.running:
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End the server at once, as a power cut would end it; return when it has gone."""
        self.signal(signal.SIGKILL)
        self._guard.wait(timeout=30)
        self._close()

    def stop(self, timeout: float = 30) -> None:
        """Ask the server to end; kill it when it has not after `timeout` seconds."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self._guard.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close()

    def _close(self) -> None:
        self._guard.wait()
        for pipe in (self._guard.stdin, self._guard.stdout, self._guard.stderr):
            if pipe is not None:
                pipe.close()
