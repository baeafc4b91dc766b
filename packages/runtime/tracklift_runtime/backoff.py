"""How long to wait between tries of what fails."""

import random
import time

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds. Short enough that work goes on soon after an outage."""


class Backoff:
    """Exponential back-off with jitter: each pause is twice as long as the one before, less up to half of it.

    The jitter keeps all who lost a server at one time from coming back at one time. The pauses begin anew only after a
    quiet time, so that something that works for an instant between two failures causes no busy loop.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._last_failure = 0.0

    def next(self) -> float:
        """Note a failure, and give the seconds to wait."""
        now = time.monotonic()
        if now - self._last_failure > 2 * LONGEST_PAUSE:
            self._failures = 0
        self._last_failure = now
        growth: int = 2 ** min(self._failures, 10)
        self._failures += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * growth) * random.uniform(0.5, 1)  # noqa: S311  # no secret
