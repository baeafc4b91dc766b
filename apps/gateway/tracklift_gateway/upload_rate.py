"""How often one user may upload."""

import time
from collections.abc import Callable
from datetime import timedelta

from tracklift_adapters.http.limits.rate_limits import RateLimit, RateLimiter, too_soon
from tracklift_domain.user.access.caller import Caller


class UploadRate:
    """Limits the uploads of each user: `per_hour` in one burst, and then the same number spread over each hour."""

    def __init__(self, per_hour: int, *, now: Callable[[], float] = time.monotonic) -> None:
        """Allow `per_hour` uploads; `now` returns seconds."""
        self._limiter = RateLimiter(RateLimit(per_hour, timedelta(hours=1)), now=now)

    def take(self, caller: Caller) -> None:
        """Count an upload. Raises `Problem` (429) if there were too many."""
        wait = self._limiter.take(caller.user_id)
        if wait:
            raise too_soon("too_many_uploads", "You have uploaded too many videos in too short a time", wait)
