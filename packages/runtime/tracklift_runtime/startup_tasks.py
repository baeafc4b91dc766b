"""What has to be done before a service can do its work, and may have to wait for others."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.waiting import pause_unless_stopping
from tracklift_runtime.workers import Work

_log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[object]]


class StartupTasks:
    """Takes steps such as opening connections and making indexes, each again until it has succeeded.

    So a service starts whatever is down, says that it is not ready, and needs no order among services.
    """

    def __init__(self, steps: Mapping[str, Step], *, retry: timedelta = timedelta(seconds=1)) -> None:
        """Take the steps by their names; each must bear being repeated."""
        self._steps = steps
        self._retry = retry
        self._missing = dict.fromkeys(steps, "it has not been tried yet")
        self._over = asyncio.Event()

    async def check(self) -> None:
        """Raise `ServiceUnavailableError` that names the first step that is missing, if there is one."""
        for name, reason in self._missing.items():
            raise ServiceUnavailableError(name, reason)

    async def run(self, stopping: asyncio.Event) -> None:
        """Take the steps, in order, then wait until `stopping` is set."""
        for name, step in self._steps.items():
            await self._take(name, step, stopping)
        self._over.set()
        await stopping.wait()

    def before(self, work: Work) -> Work:
        """Make work of which nothing is done before all steps are taken."""

        async def work_after_the_tasks(stopping: asyncio.Event) -> None:
            # Set too when the tasks are stopped in the middle, and then there is nothing to begin.
            await self._over.wait()
            if not stopping.is_set():
                await work(stopping)

        return work_after_the_tasks

    def before_check(self, check: Step) -> Step:
        """Make a check of what the steps prepare, such as tables, which is not looked at before all are taken."""

        async def check_after_the_tasks() -> None:
            await self.check()
            await check()

        return check_after_the_tasks

    async def _take(self, name: str, step: Step, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                await step()
            except ServiceUnavailableError as error:
                # Said once for each reason: an outage of an hour must not fill the log.
                if self._missing[name] != str(error):
                    _log.warning("Waiting for %s: %s", name, error)
                self._missing[name] = str(error)
            else:
                del self._missing[name]
                return
            await pause_unless_stopping(stopping, self._retry)
