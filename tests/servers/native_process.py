import signal
from abc import abstractmethod
from pathlib import Path

from typing_extensions import override

from tests.servers.errors import last_lines
from tests.servers.guarded_process import GuardedProcess
from tests.servers.server import Control


class NativeProcess(Control):
    """A server as a process of this machine; everything that it writes is in one folder."""

    def __init__(self, folder: Path, library_path: str) -> None:
        """`library_path`: where libraries are that the machine lacks, or nothing."""
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self._library_path = library_path
        self._process: GuardedProcess | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """Give the command that runs the server in the foreground."""

    def lay_out(self) -> None:
        """Make what the server needs before its first start."""
        self.data.mkdir(parents=True)

    def environment(self) -> dict[str, str]:
        """Give all variables that the server sees."""
        variables = {
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "TMPDIR": str(self.folder),
        }
        return variables | ({"LD_LIBRARY_PATH": self._library_path} if self._library_path else {})

    @property
    def pid(self) -> int | None:
        """The id of the process, if it was ever started."""
        return None if self._process is None else self._process.pid

    @property
    @override
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @override
    def start(self) -> None:
        if self.running:
            return
        if not self.data.exists():
            self.lay_out()
        if self._process is not None:
            self._process.kill()  # It ended by itself: close the pipes.
        self._process = self.run(self.command())

    def run(self, command: list[str]) -> GuardedProcess:
        """Start a process beside the server's data, logged and guarded like the server."""
        return GuardedProcess(command, folder=self.folder, log=self.log, environment=self.environment())

    @override
    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    @override
    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    @override
    def pause(self) -> None:
        if self._process is not None:
            self._process.pause()

    @override
    def resume(self) -> None:
        if self._process is not None:
            self._process.signal(signal.SIGCONT)

    @override
    def log_tail(self) -> str:
        return last_lines(self.log)

    def close(self) -> None:
        """End everything for good; the folder may then be removed."""
        self.kill()
