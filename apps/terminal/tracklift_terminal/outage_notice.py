"""Reports that a server can't be reached, while the client retries."""

import time
from collections.abc import Callable

from tracklift_client.errors import ConnectionLostError, ProblemError
from tracklift_terminal.shown import say

_SAID_FOR = 60.0
"""Seconds for which one line is enough, however many requests fail: about as long as the client retries each."""


class OutageNotice:
    """Reports that an attempt failed and is retried, in one line for all requests of an outage."""

    def __init__(self, server: str, now: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._now = now
        self._said_at: float | None = None

    def __call__(self, error: ConnectionLostError | ProblemError) -> None:
        """Write the line, unless it was written a short time ago."""
        now = self._now()
        if self._said_at is not None and now - self._said_at < _SAID_FOR:
            return
        self._said_at = now
        what = "can't be reached" if isinstance(error, ConnectionLostError) else "is busy"
        say(f"{self._server} {what}; trying again for a minute.")
