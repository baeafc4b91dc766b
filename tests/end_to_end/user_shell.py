"""A user's shell, in which `tracklift` works with a server."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.end_to_end.standalone_process import PACKAGE, command, environment
from tests.end_to_end.user import PASSWORD, User
from tests.end_to_end.waiting import PATIENCE
from tests.preloaded.start import run_app


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

    def start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        """Start `tracklift` in the home, to be waited for or killed."""
        return subprocess.Popen(
            command(*arguments),
            env=self.environment(),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def log_in(self, user: User, address: str | None = None) -> None:
        """Log in with the password, perhaps at another address of the server."""
        arguments = ["login", address or user.address, "--email", user.email, "--password-stdin"]
        done = self.run(arguments, PASSWORD + "\n")
        assert done.returncode == 0, done.stderr
