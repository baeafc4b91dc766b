import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
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

    def pause(self) -> None:
        """Freeze the server; return when none of its threads runs any more."""
        self.signal(signal.SIGSTOP)
        while self.running and any(state not in "TtZX" for state in self._thread_states()):
            time.sleep(0.001)

    def _thread_states(self) -> Iterator[str]:
        for thread in Path(f"/proc/{self.pid}/task").glob("*/stat"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                # The state follows the name, which stands in brackets and may hold any character.
                yield thread.read_text(encoding="utf-8", errors="replace").rpartition(") ")[2][:1]

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
