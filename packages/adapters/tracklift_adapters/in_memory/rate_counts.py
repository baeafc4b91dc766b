import time
from collections.abc import Callable
from datetime import timedelta

from typing_extensions import override

from tracklift_domain.rate_counts import RateCount, RateCounts


class InMemoryRateCounts(RateCounts):
    """Keeps one number for each key in the memory of this process. It forgets none."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Count; `now` gives seconds."""
        self._now = now
        self._free_at: dict[str, float] = {}

    @override
    async def take(self, key: str, *, requests: int, per: timedelta) -> RateCount:
        now, length = self._now(), per.total_seconds()
        interval = length / requests
        free_at = max(self._free_at.get(key, now), now)
        wait = free_at + interval - now - length
        if wait > interval * 1e-3:
            return RateCount(wait, free_at - now)
        self._free_at[key] = free_at + interval
        return RateCount(0.0, free_at + interval - now)
