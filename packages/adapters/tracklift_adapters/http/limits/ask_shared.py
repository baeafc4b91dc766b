"""Queries of shared storage that each process can do without."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from tracklift_domain.errors import ServiceUnavailableError

_PATIENCE = timedelta(milliseconds=250)
"""How long a request waits for an answer, which usually takes a few milliseconds."""
_PAUSE = timedelta(seconds=5)
"""How long no queries are made after one was too slow, so that not every request waits."""
_T = TypeVar("_T")


class AskShared:
    """Makes queries, but none for a while after one timed out."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        """Take a clock that gives seconds."""
        self._now = now
        self._asked_again_at = 0.0

    async def __call__(self, question: Callable[[], Awaitable[_T]]) -> _T | None:
        """Give the answer; `None` if it is late, or no query is made now."""
        if self._now() < self._asked_again_at:
            return None
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                return await question()
        except (ServiceUnavailableError, TimeoutError):
            self._asked_again_at = self._now() + _PAUSE.total_seconds()
            return None
