"""How often a worker tells how far it is."""

import time
from collections.abc import Callable

from tracklift_domain.extraction.progress import Progress

SHORTEST_INTERVAL = 0.5
"""Seconds between two reports."""
_EARLIEST_ESTIMATE = 1.0
"""Seconds after which the speed so far says something about the rest."""


class Pace:
    """Turns the samples done into progress: a part of the whole for each pass over the audio."""

    def __init__(self, tell: Callable[[Progress], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._began = clock()
        self._told_at = float("-inf")
        self._told = 0.0

    def reached(self, fraction: float) -> None:
        """Tell of a fraction, if the last report is long enough ago. It never falls and is 1 at most."""
        now = self._clock()
        if now - self._told_at < SHORTEST_INTERVAL:
            return
        self._told_at = now
        self._told = min(max(self._told, fraction), 1.0)
        elapsed = now - self._began
        remaining = None
        if self._told > 0 and elapsed >= _EARLIEST_ESTIMATE:
            remaining = elapsed * (1 - self._told) / self._told
        self._tell(Progress(self._told, remaining))
