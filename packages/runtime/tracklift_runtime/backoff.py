"""How long to wait between retries."""

import random
import time

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds. Short enough that work resumes soon after an outage."""


class Backoff:
    """Exponential back-off with jitter: the pauses double, and each is shortened at random by up to half.

    The jitter keeps clients that lost a server at the same time from returning at the same time. The pauses start over
    only after a quiet period, so that brief successes between failures cause no busy loop.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._last_failure = 0.0

    def next(self) -> float:
        """Record a failure, and return the seconds to wait."""
        now = time.monotonic()
        if now - self._last_failure > 2 * LONGEST_PAUSE:
            self._failures = 0
        self._last_failure = now
        growth: int = 2 ** min(self._failures, 10)
        self._failures += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * growth) * random.uniform(0.5, 1)  # noqa: S311  # no secret
