import asyncio
import contextlib
import os
import signal


class ChildProcess:
    """A child of this process that leads a process group, whoever forked it.

    It is waited for by this object alone. When it ends, by itself or not, all that is left of its group is killed: as
    long as nobody has taken note of the leader's end, the group's number belongs to nobody else.
    """

    status: int | None = None
    """As `subprocess` gives it: the exit status, or the signal's number below zero. `None` while it lives."""

    def __init__(self, pid: int) -> None:
        """Wait for a child from now on.

        Raises:
            OSError: there is no descriptor left for that (pidfd_open(2)). The child is killed then.
        """
        self.pid = pid
        self._ended = asyncio.Event()
        try:
            self._descriptor = os.pidfd_open(pid)
        except OSError:
            self.kill()
            os.waitpid(pid, 0)
            raise
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._take_note)

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for its end, but not for longer than so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    def terminate(self) -> None:
        """Ask it to end."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kill it with its group."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _take_note(self) -> None:
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self.kill()
        try:
            _, status = os.waitpid(self.pid, 0)  # Does not wait: the descriptor tells that it has ended.
            self.status = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            self.status = 255  # Somebody else has taken note, whom this one should not have.
        self._ended.set()
