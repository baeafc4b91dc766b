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
    """Does chores at once and then again and again. A chore that fails does not keep the others from their turn."""

    def __init__(self, chores: Mapping[str, HousekeepingJob], *, every: timedelta) -> None:
        """Take the chores by what they do, in the words of the log, and the time between two rounds."""
        self._chores = chores
        self._every = every

    async def __call__(self) -> None:
        """Do each chore once."""
        for name, chore in self._chores.items():
            try:
                count = await chore()
            except ServiceUnavailableError as error:
                _log.warning("Could not %s: %s", name, error)
            except Exception:  # noqa: BLE001  # whatever broke one chore, the others must have their turn
                _log.exception("Could not %s.", name)
            else:
                if count:
                    _log.info("Housekeeping: %s (%d).", name, count)

    async def run(self, *, stopping: asyncio.Event) -> None:
        """Do the chores until `stopping` is set."""
        while not stopping.is_set():
            await self()
            await pause_unless_stopping(stopping, self._every)
