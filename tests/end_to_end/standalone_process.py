"""Tracklift as its users run it: a process of its own, spoken to over HTTP."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

_T = TypeVar("_T")
PASSWORD = "correct horse battery"
PATIENCE = 60.0
"""Seconds after which something that must happen has not."""


class StandaloneProcess:
    """One data folder and the process that serves it, which can be killed and started again."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data_folder = folder / "data"
        self.log = folder / "log"
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait for the line in which it tells its address."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")}
        environment |= {"TRACKLIFT_PORT": "0", "TRACKLIFT_DATA_FOLDER": str(self.data_folder), **self._settings}
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tracklift_standalone", "serve"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = _first_line(self._process)
        assert line.startswith("Tracklift is ready at "), f"{line!r}\n{self.log.read_text()}"
        self.address = line.split()[4]

    def kill(self) -> None:
        """Kill it with SIGKILL, as a power cut or the kernel would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop, wait until it has, and give its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return code

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda out: lines.put(out.readline()), args=[process.stdout], daemon=True)
    reader.start()
    return lines.get(timeout=PATIENCE)


@contextmanager
def running(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[StandaloneProcess]:
    """Run Tracklift on a new data folder in `folder`."""
    process = StandaloneProcess(folder, settings)
    process.start()
    try:
        yield process
    finally:
        if process.is_running:
            process.kill()


class User:
    """Somebody with an account, who speaks to Tracklift over HTTP."""

    def __init__(self, address: str, email: str = "ada@example.org") -> None:
        self.email = email
        self.http = httpx.Client(base_url=address, timeout=PATIENCE)

    def sign_up(self) -> "User":
        """Make the account and log in."""
        self.http.post("/v1/users", json={"email": self.email, "password": PASSWORD}).raise_for_status()
        return self.log_in()

    def log_in(self) -> "User":
        """Get a token and send it from now on."""
        form = {"grant_type": "password", "username": self.email, "password": PASSWORD}
        tokens = self.http.post("/v1/token", data=form).raise_for_status().json()
        self.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        return self

    def upload(self, video: Path, **options: str) -> dict[str, Any]:
        """Upload a video with options, and give its record."""
        with video.open("rb") as file:
            answer = self.http.post("/v1/conversions", data=options, files={"file": (video.name, file)})
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def record(self, conversion_id: str) -> dict[str, Any]:
        """Give a conversion's record."""
        return dict(self.http.get(f"/v1/conversions/{conversion_id}").raise_for_status().json())

    def wait_for_end(self, conversion_id: str) -> dict[str, Any]:
        """Wait until a conversion has ended and give its record."""
        return wait_for(lambda: _if_ended(self.record(conversion_id)))

    def download(self, conversion_id: str, target: Path) -> Path:
        """Download a conversion's MP3 to a file."""
        with self.http.stream("GET", f"/v1/conversions/{conversion_id}/audio") as answer:
            answer.raise_for_status()
            with target.open("wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        return target


def _if_ended(record: dict[str, Any]) -> dict[str, Any] | None:
    return None if record["state"] in {"uploading", "queued", "converting"} else record


def wait_for(look: Callable[[], _T | None], patience: float = PATIENCE) -> _T:
    """Look again and again until there is something to see, and give it."""
    deadline = time.monotonic() + patience
    while (seen := look()) is None:
        assert time.monotonic() < deadline, "it has not happened"
        # The pause of a poll, not a guess of how long something takes.
        threading.Event().wait(0.05)
    return seen


def mails(process: StandaloneProcess) -> list[Path]:
    """Give the mails in the process's mailbox."""
    return sorted((process.data_folder / "mailbox").glob("*.eml"))
