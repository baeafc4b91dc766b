import logging

from tracklift_domain.errors import ServiceUnavailableError

_log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds. Short enough that nobody waits long once there is room on the disk again."""


class Outage:
    """Remembers whether the storage fails, to say so once and to ask it ever less often."""

    def __init__(self, what_fails: str) -> None:
        self._what_fails = what_fails
        self._failures = 0

    def goes_on(self, error: ServiceUnavailableError) -> float:
        """Note a failure, and give the seconds to wait before the next try."""
        if self._failures == 0:
            _log.warning("%s: %s. This is tried again until it works.", self._what_fails, error)
        growth: int = 2 ** min(self._failures, 10)
        self._failures += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * growth)

    def is_over(self) -> None:
        """Note that the storage works."""
        if self._failures:
            _log.info("%s no longer.", self._what_fails)
        self._failures = 0
