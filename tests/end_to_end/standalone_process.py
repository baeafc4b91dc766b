"""Tracklift as its users run it: a process of its own."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.end_to_end.data_folder import DataFolder
from tests.end_to_end.waiting import PATIENCE
from tests.preloaded.start import AppProcess, run_app, start_app

PACKAGE = "tracklift_standalone"


class StandaloneProcess:
    """One data folder and the process that serves it, which can be killed and started again."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """Take a folder of the test's own for data and log; settings are environment variables."""
        self.data = DataFolder(folder / "data")
        self.log = folder / "log"
        self.address = ""
        self._settings = {
            "TRACKLIFT_DATA_FOLDER": str(self.data.path),
            # So that no test waits for the end of an hour.
            "TRACKLIFT_MAILS_PER_HOUR": "100000",
            **(settings or {}),
        }
        self._process: AppProcess | None = None
        self._output: IO[str] | None = None
        self._last_pid = 0

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._running.pid

    def workers(self) -> list[int]:
        """Give the processes that it has for extractions, also after its end, the fork server among them."""
        marks = [
            f"tracklift_adapters.extraction_process.{program}\0{self._last_pid}\0".encode()
            for program in ("fork_server", "worker")
        ]
        return [
            int(path.name)
            for path in Path("/proc").glob("[0-9]*")
            if any(mark in _command_line(path) for mark in marks)
        ]

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait for the line in which it tells its address."""
        self.launch()
        assert self._output is not None
        line = _first_line(self._output)
        assert line.startswith("Tracklift is ready at "), f"{line!r}\n{self.log.read_text()}"
        self.address = line.split()[4]

    def launch(self) -> None:
        """Start it and wait for nothing."""
        settings = environment({"TRACKLIFT_PORT": "0", **self._settings})
        output, written = os.pipe()
        self._output = open(output)  # noqa: PTH123, SIM115 - a pipe, closed when the process has ended
        with open(written, "w") as pipe, self.log.open("a") as log:  # noqa: PTH123
            self._process = start_app(PACKAGE, ["serve"], settings, output=pipe.fileno(), errors=log.fileno())
        self._last_pid = self._process.pid

    def end(self) -> None:
        """Kill it if it is running, so that its starter can clean up."""
        if self._process is not None:
            self.kill()

    def kill(self) -> None:
        """Kill it with SIGKILL, as a power cut or the kernel would."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """Ask it to stop, wait until it has, and give its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._running.send_signal(number)

    def wait(self) -> int:
        """Wait until it has ended and give its exit code."""
        code = self._running.wait(PATIENCE)
        assert self._output is not None
        self._output.close()
        self._process = None
        return code

    @property
    def _running(self) -> AppProcess:
        assert self._process is not None
        return self._process


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""  # Gone meanwhile.


def command(*arguments: str) -> list[str]:
    """Give the command line of `tracklift` with arguments."""
    return [sys.executable, "-m", PACKAGE, *arguments]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Give this process's environment with these settings of Tracklift and no others."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")}
    return {**ours, **settings}


def run_tracklift(
    arguments: Sequence[str], settings: Mapping[str, str] | None = None, *, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `tracklift` to its end in a folder."""
    return run_app(PACKAGE, arguments, environment(settings or {}), timeout=PATIENCE, folder=folder)


@contextmanager
def running(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[StandaloneProcess]:
    """Run Tracklift on a new data folder in `folder`."""
    process = StandaloneProcess(folder, settings)
    try:
        process.start()
        yield process
    finally:
        process.end()


def _first_line(output: IO[str]) -> str:
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda out: lines.put(out.readline()), args=[output], daemon=True)
    reader.start()
    return lines.get(timeout=PATIENCE)
