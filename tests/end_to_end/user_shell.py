"""A user's shell, in which `tracklift` works with a server."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.end_to_end.standalone_process import PACKAGE, environment
from tests.end_to_end.user import PASSWORD, User
from tests.end_to_end.waiting import PATIENCE
from tests.preloaded.start import AppProcess, run_app, start_app


class StartedCommand:
    """A command at work, to be waited for or killed."""

    def __init__(self, process: AppProcess, output: Path, errors: Path) -> None:
        self.process = process
        self._output, self._errors = output, errors

    def output(self) -> bytes:
        """Give what it has written to standard output so far."""
        return self._output.read_bytes()

    def errors(self) -> str:
        """Give what it has written to standard error so far."""
        return self._errors.read_text()

    def wait(self) -> int:
        """Wait until it has ended and give its exit code."""
        return self.process.wait(PATIENCE)

    def kill(self) -> int:
        """Kill it if it is there, and give its exit code."""
        self.process.send_signal(9)
        return self.wait()


class Terminal:
    """A user's shell with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = {"HOME": str(home)}

    @property
    def credentials(self) -> Path:
        """The file of the log-in."""
        return self.home / ".config" / "tracklift" / "credentials.json"

    def environment(self) -> dict[str, str]:
        """Give the environment of a command."""
        ours = {name: value for name, value in environment({}).items() if not name.startswith("XDG_")}
        return {**ours, **self.settings}

    def run(self, arguments: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
        """Run `tracklift` to its end in the home, with a text as its input."""
        return run_app(PACKAGE, arguments, self.environment(), timeout=PATIENCE, text=text, folder=self.home)

    def start(self, arguments: Sequence[str]) -> StartedCommand:
        """Start `tracklift` in the home."""
        output, errors = (self.home.with_name(f"{self.home.name}.{name}") for name in ("output", "errors"))
        with output.open("wb") as written, errors.open("wb") as told:
            process = start_app(
                PACKAGE,
                arguments,
                self.environment(),
                output=written.fileno(),
                errors=told.fileno(),
                folder=self.home,
            )
        return StartedCommand(process, output, errors)

    def log_in(self, user: User, address: str | None = None) -> None:
        """Log in with the password, perhaps at another address of the server."""
        arguments = ["login", address or user.address, "--email", user.email, "--password-stdin"]
        done = self.run(arguments, PASSWORD + "\n")
        assert done.returncode == 0, done.stderr

    def log_in_with_a_key(self, user: User, address: str | None = None) -> None:
        """Log in with an API key, which takes the server little computing time."""
        done = self.run(["login", address or user.address, "--api-key-stdin"], user.api_key + "\n")
        assert done.returncode == 0, done.stderr
