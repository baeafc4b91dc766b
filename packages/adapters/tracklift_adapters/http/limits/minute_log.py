"""Warnings that any client can cause, without flooding the log."""

import logging
import time
from collections import Counter
from collections.abc import Callable

_MINUTE = 60.0
_log = logging.getLogger(__name__)


class MinuteLog:
    """Counts events that any client can cause, and logs at most one line a minute about them."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        """Make a log; `now` gives seconds."""
        self._now = now
        self._counts: Counter[str] = Counter()
        self._next_at = now()

    def count(self, event: str) -> None:
        """Count an event, and write the line if the last one is a minute old."""
        self._counts[event] += 1
        self.flush()

    def flush(self) -> None:
        """Write the count, unless the last line is less than a minute old."""
        if not self._counts or self._now() < self._next_at:
            return
        events = ", ".join(f"{event}: {count}" for event, count in sorted(self._counts.items()))
        self._counts.clear()
        self._next_at = self._now() + _MINUTE
        _log.warning("Connections were refused or closed since the last such line: %s.", events)
