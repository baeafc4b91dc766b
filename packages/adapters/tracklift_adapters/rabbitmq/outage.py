import logging
import random
import time

from tracklift_domain.errors import ServiceUnavailableError

_log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds. Short enough that nobody waits long once the broker is there again."""


class Pauses:
    """How long to wait between tries: twice as long each time, and each by chance up to half shorter.

    By chance, so that not all that lost the broker at one moment come back at one moment. They begin anew only after a
    quiet time, so that something that works for a blink between two failures is no hot loop.
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


class Outage:
    """Says once that something fails, and once that it works again, however many notice it."""

    def __init__(self, what_fails: str, what_works: str) -> None:
        self._what_fails = what_fails
        self._what_works = what_works
        self._affected: set[object] = set()

    def goes_on(self, whom: object, error: ServiceUnavailableError) -> None:
        """Note that somebody is affected."""
        if not self._affected:
            _log.warning("%s: %s. This is tried again until it works.", self._what_fails, error.reason)
        self._affected.add(whom)

    def is_over(self, whom: object) -> None:
        """Note that somebody is affected no longer."""
        if whom in self._affected:
            self._affected.remove(whom)
            if not self._affected:
                _log.info("%s.", self._what_works)
