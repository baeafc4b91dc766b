"""Waiting for the processes of this package and killing them, each with its process group."""

import asyncio
import contextlib
import os
import signal

_REAP_ATTEMPTS = 100
"""How often orphans are waited for, at intervals of 5 ms."""


class ChildProcess:
    """A child of this process that leads a process group; a fork server may have forked it.

    Only this object waits for it. When the child ends, for whatever reason, the rest of its group is killed. That
    happens before the child is reaped, because until then its number can't be given to another group.
    """

    status: int | None = None
    """As `subprocess` gives it: the exit status, or the negative number of the signal. `None` while it runs."""

    def __init__(self, pid: int) -> None:
        """Watch a child from now on.

        Raises:
            OSError: there is no free descriptor for pidfd_open(2). The child has been killed then.
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
        self._loop.add_reader(self._descriptor, self._reap)

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until it has ended, for at most so many seconds. `status` tells whether it has."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    def terminate(self) -> None:
        """Send it SIGTERM."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to its group."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _reap(self) -> None:
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self.kill()
        try:
            _, status = os.waitpid(
                self.pid, 0
            )  # Does not block: a readable descriptor means that it has ended.
            self.status = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            self.status = 255  # Other code of this process has reaped it, which it must not.
        self._ended.set()


async def reap_orphans(group: int) -> None:
    """Reap the processes of a killed group that are children of this process by now.

    So are the child processes of a worker that was killed before it waited for them, if this process is the first one
    of a container; and a fork that was killed with the fork server's group, before it led a group of its own.
    """
    for _ in range(_REAP_ATTEMPTS):
        try:
            process, _ = os.waitpid(-group, os.WNOHANG)  # noqa: ASYNC222 - does not block
        except ChildProcessError:
            return
        if process == 0:
            await asyncio.sleep(0.005)
