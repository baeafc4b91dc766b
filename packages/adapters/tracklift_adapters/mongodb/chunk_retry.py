"""How often chunks are sent or requested again when a connection breaks, and how many at once."""

import time
from collections.abc import Callable
from datetime import timedelta

from tracklift_domain.errors import ServiceUnavailableError

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
"""Seconds. Each pause is twice the one before."""


class ChunkRetry:
    """Reduces the number of chunks after an outage, and raises it after each success.

    A network that resets each connection after some bytes lets a few chunks through and never many at once.
    """

    def __init__(
        self, most: int, patience: timedelta, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with `most` chunks at once. An outage is raised when `patience` has passed without a success."""
        self.at_once = most
        self._most = most
        self._patience = patience.total_seconds()
        self._clock = clock
        self._pause = _FIRST_PAUSE
        self._since = clock()

    def begin(self) -> None:
        """Note that something is tried for the first time."""
        self._since = self._clock()

    def succeeded(self) -> None:
        """Note a success."""
        self.at_once = min(2 * self.at_once, self._most)
        self._pause = _FIRST_PAUSE
        self._since = self._clock()

    def failed(self, error: ServiceUnavailableError) -> float:
        """Give the seconds to wait before the next try. Raises the error when there is to be none."""
        self.at_once = max(self.at_once // 2, 1)
        if self._clock() - self._since >= self._patience:
            raise error
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE)
        return pause
