"""Limiting how often a worker reports progress."""

import time
from collections.abc import Callable

from tracklift_domain.extraction.progress import Progress

MIN_INTERVAL = 0.5
"""Seconds between two reports."""
_MIN_ELAPSED = 1.0
"""Seconds before the remaining time is estimated: until then the speed so far says little."""


class ProgressThrottle:
    """Reports the fraction that is done and the estimated remaining time, at most twice a second."""

    def __init__(
        self, report: Callable[[Progress], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._report = report
        self._clock = clock
        self._started_at = clock()
        self._reported_at = float("-inf")
        self._reported = 0.0

    def reached(self, fraction: float) -> None:
        """Report a fraction unless the last report is too recent. What is reported never falls and is 1 at most."""
        now = self._clock()
        if now - self._reported_at < MIN_INTERVAL:
            return
        self._reported_at = now
        self._reported = min(max(self._reported, fraction), 1.0)
        elapsed = now - self._started_at
        remaining = None
        if self._reported > 0 and elapsed >= _MIN_ELAPSED:
            remaining = elapsed * (1 - self._reported) / self._reported
        self._report(Progress(self._reported, remaining))
