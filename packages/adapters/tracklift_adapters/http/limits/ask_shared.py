"""Questions to what several processes share, and that each process goes on without."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from tracklift_domain.errors import ServiceUnavailableError

_PATIENCE = timedelta(milliseconds=250)
"""How long a request waits for an answer: one that is near takes a few milliseconds."""
_PAUSE = timedelta(seconds=5)
"""How long nothing is asked after an answer was too slow, so that not every request waits for one."""
_T = TypeVar("_T")


class AskShared:
    """Asks, but not for a while after there was no answer in time."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        """Take a clock that gives seconds."""
        self._now = now
        self._asked_again_at = 0.0

    async def __call__(self, question: Callable[[], Awaitable[_T]]) -> _T | None:
        """Give the answer; `None` where there is none in time, or nothing is asked now."""
        if self._now() < self._asked_again_at:
            return None
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                return await question()
        except (ServiceUnavailableError, TimeoutError):
            self._asked_again_at = self._now() + _PAUSE.total_seconds()
            return None
