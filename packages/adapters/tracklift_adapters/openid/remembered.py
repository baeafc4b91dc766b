"""What is fetched once and then known for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from tracklift_domain.clock import Clock, is_within

_Thing = TypeVar("_Thing")


class Remembered(Generic[_Thing]):
    """Keeps the one last thing that was fetched. Who asks while it is being fetched waits for the same answer."""

    def __init__(self, fetch: Callable[[], Awaitable[_Thing]], clock: Clock, *, lasts: timedelta) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lasts = lasts
        self._known: tuple[_Thing, datetime] | None = None
        self._turn = asyncio.Lock()

    async def get(self, *, instead_of: _Thing | None = None) -> _Thing:
        """Give it, fetched anew if it is too old, or if it is the one that is of no use. Raises as `fetch` does."""
        async with self._turn:
            now = self._clock.now()
            if self._known is not None:
                thing, fetched_at = self._known
                if thing is not instead_of and is_within(self._lasts, fetched_at, now):
                    return thing
            thing = await self._fetch()
            self._known = thing, now
            return thing
