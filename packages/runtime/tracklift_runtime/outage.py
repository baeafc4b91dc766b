"""Logging the beginning and the end of an outage."""

import logging

from tracklift_domain.errors import ServiceUnavailableError

_log = logging.getLogger(__name__)


class Outage:
    """Logs once that something fails and once that it works again, however many callers are affected."""

    def __init__(self, what_fails: str, what_works: str) -> None:
        self._what_fails = what_fails
        self._what_works = what_works
        self._affected: set[object] = set()

    def goes_on(self, caller: object, error: ServiceUnavailableError) -> None:
        """Note that `caller` is affected."""
        if not self._affected:
            _log.warning("%s: %s. This is tried again until it works.", self._what_fails, error.reason)
        self._affected.add(caller)

    def is_over(self, caller: object) -> None:
        """Note that `caller` is no longer affected."""
        if caller in self._affected:
            self._affected.remove(caller)
            if not self._affected:
                _log.info("%s.", self._what_works)
