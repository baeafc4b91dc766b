"""What a service must do before it can work, which may have to wait for other services."""

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
    """Performs steps such as opening connections and creating indexes, and retries each one until it succeeds.

    So a service starts even if others are down, reports that it is not ready, and requires no start order.
    """

    def __init__(self, steps: Mapping[str, Step], *, retry: timedelta = timedelta(seconds=1)) -> None:
        """Take the steps by name; each must be safe to repeat."""
        self._steps = steps
        self._retry = retry
        self._missing = dict.fromkeys(steps, "it has not been tried yet")
        self._over = asyncio.Event()

    async def check(self) -> None:
        """Raise a `ServiceUnavailableError` that names the first incomplete step, if there is one."""
        for name, reason in self._missing.items():
            raise ServiceUnavailableError(name, reason)

    async def run(self, stopping: asyncio.Event) -> None:
        """Perform the steps in order, then wait until `stopping` is set."""
        for name, step in self._steps.items():
            await self._take(name, step, stopping)
        self._over.set()
        await stopping.wait()

    def before(self, work: Work) -> Work:
        """Wrap work so that it starts only after all steps are complete."""

        async def work_after_the_tasks(stopping: asyncio.Event) -> None:
            # This is also set if the steps are stopped before they are complete; then the work must not start.
            await self._over.wait()
            if not stopping.is_set():
                await work(stopping)

        return work_after_the_tasks

    def before_check(self, check: Step) -> Step:
        """Wrap a check of something that the steps prepare, such as tables, so that it runs only after all steps."""

        async def check_after_the_tasks() -> None:
            await self.check()
            await check()

        return check_after_the_tasks

    async def _take(self, name: str, step: Step, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                await step()
            except ServiceUnavailableError as error:
                # Logged once for each reason: an outage of an hour must not fill the log.
                if self._missing[name] != str(error):
                    _log.warning("Waiting for %s: %s", name, error)
                self._missing[name] = str(error)
            else:
                del self._missing[name]
                return
            await pause_unless_stopping(stopping, self._retry)
