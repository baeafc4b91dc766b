"""What has to be tidied up again and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.waiting import pause_unless_stopping

_log = logging.getLogger(__name__)

HousekeepingJob = Callable[[], Awaitable[int]]
"""Tidies up once and gives how many things it dealt with."""


class Housekeeping:
    """Does jobs at once and then again and again. A job that fails does not keep the others from their turn."""

    def __init__(self, jobs: Mapping[str, HousekeepingJob], *, every: timedelta) -> None:
        """Take the jobs by what they do, in the words of the log, and the time between two rounds."""
        self._jobs = jobs
        self._every = every

    async def __call__(self) -> None:
        """Do each job once."""
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
        """Do the jobs until `stopping` is set."""
        while not stopping.is_set():
            await self()
            await pause_unless_stopping(stopping, self._every)
