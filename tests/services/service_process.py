"""One service as a process of its own."""

import os
import re
import signal
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import httpx

from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.preloaded.start import AppProcess, run_app, start_app
from tests.servers.ports import free_port


class ServiceProcess:
    """A service that can be killed, stopped and started again on the same port."""

    def __init__(
        self, service: str, settings: Mapping[str, str], log: Path, *, port: int | None = None
    ) -> None:
        """Name a service (`gateway`, `auth`, `converter`, `notification`), its environment variables, and its log."""
        self.service = service
        self.log = log
        self.log_begins = 0
        """Where in the log the lines of the process that was started last begin, in bytes."""
        self.port = port or free_port()
        self._settings = settings
        self._others: Mapping[str, str] = {}
        self._package = f"tracklift_{service}"
        self._process: AppProcess | None = None

    def twin(self, log: Path) -> "ServiceProcess":
        """Make another of the same service, with the same settings and a port and log of its own."""
        return ServiceProcess(self.service, {**self._settings, **self._others}, log)

    def change(self, others: Mapping[str, str]) -> None:
        """Have it run with these settings beside those that it was made with; kill it if it runs with others."""
        if others != self._others:
            self._others = dict(others)
            self.end()

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def metrics_address(self) -> str:
        """Where it gives its figures, as its log says: at a port that the system has chosen at its last start."""
        return str(re.findall(r"Figures are at (http://\S+)/metrics", self.log.read_text())[-1])

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process, which has to be there."""
        assert self._process is not None
        return self._process.pid

    def launch(self) -> None:
        """Start it, and wait for nothing."""
        with self.log.open("a") as log:
            self.log_begins = log.tell()
            self._process = start_app(
                self._package, [], self._environment(), output=log.fileno(), errors=log.fileno()
            )

    def run(self, *command: str, said: str = "") -> list[str]:
        """Run one of its commands for operators beside it, and give the lines that it writes; `said` is its input."""
        done = run_app(self._package, command, self._environment(), timeout=PATIENCE, text=said)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    @property
    def settings(self) -> dict[str, str]:
        """Its environment variables."""
        return {
            **self._settings,
            **self._others,
            "TRACKLIFT_PORT": str(self.port),
            "TRACKLIFT_METRICS_PORT": "0",
        }

    def _environment(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")}
        return {**others, **self.settings}

    def wait_until_ready(self) -> None:
        """Wait until it says that it can do its work."""
        wait_for(lambda: self.readiness() == 200, f"{self.service} is ready")

    def readiness(self) -> int | None:
        """Give the status of its readiness, `None` while it does not answer."""
        assert self.is_running, f"{self.service} has ended:\n{self.log.read_text()[-4000:]}"
        # Asked often, and httpx makes much of its client each time.
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status
            except (OSError, HTTPException):
                return None

    def problems(self) -> dict[str, str]:
        """Give what its readiness names as missing."""
        return dict(httpx.get(f"{self.address}/readyz", timeout=30).json()["problems"])

    def freeze(self) -> None:
        """Stop it as it is: its connections stay open, and it does nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop, wait until it has, and give its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(PATIENCE)
        self._process = None
        return code

    def end(self) -> None:
        """Kill it if it is running, so that its starter can clean up."""
        if self._process is not None:
            self.kill()
