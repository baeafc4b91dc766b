"""Keeps the process's record of ended sessions up to date."""

import asyncio
import logging
from datetime import timedelta

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.access.ended_access import EndedAccess
from tracklift_runtime.waiting import pause_unless_stopping

_log = logging.getLogger(__name__)


class EndedAccessRefresh:
    """Periodically reads what other processes recorded. While the storage is down, the last known state applies."""

    def __init__(self, ended_access: EndedAccess, *, every: timedelta = timedelta(seconds=5)) -> None:
        """Read at intervals of `every`: an end must take effect within 60 s, most of which the broker may take."""
        self._ended_access = ended_access
        self._every = every

    async def run(self, stopping: asyncio.Event) -> None:
        """Refresh until `stopping` is set."""
        down = False
        while not stopping.is_set():
            try:
                await self._ended_access.refresh()
                down = False
            except ServiceUnavailableError as error:
                if not down:
                    _log.warning("Ends of sessions can't be read now: %s", error)
                down = True
            await pause_unless_stopping(stopping, self._every)
