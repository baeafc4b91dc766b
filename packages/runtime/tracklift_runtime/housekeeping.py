"""Periodic clean-up jobs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.waiting import pause_unless_stopping

_log = logging.getLogger(__name__)

HousekeepingJob = Callable[[], Awaitable[int]]
"""Cleans up once, and returns how many items it handled."""


class Housekeeping:
    """Runs jobs immediately and then periodically. A job that fails does not keep the others from running."""

    def __init__(self, jobs: Mapping[str, HousekeepingJob], *, every: timedelta) -> None:
        """Take the jobs, keyed by a description for the log, and the time between two rounds."""
        self._jobs = jobs
        self._every = every

    async def __call__(self) -> None:
        """Run each job once."""
        for name, job in self._jobs.items():
            try:
                count = await job()
            except ServiceUnavailableError as error:
                _log.warning("Could not %s: %s", name, error)
            except Exception:  # noqa: BLE001  # whatever broke one job, the others must have their turn
                _log.exception("Could not %s.", name)
            else:
                if count:
                    _log.info("Housekeeping: %s (%d).", name, count)

    async def run(self, *, stopping: asyncio.Event) -> None:
        """Run the jobs periodically until `stopping` is set."""
        while not stopping.is_set():
            await self()
            await pause_unless_stopping(stopping, self._every)
