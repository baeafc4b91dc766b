"""Says that a server can't be reached, while the client goes on trying."""

import time
from collections.abc import Callable

from tracklift_client.errors import ConnectionLostError, ProblemError
from tracklift_terminal.shown import say

_SAID_FOR = 60.0
"""Seconds for which one line is enough, however many requests fail: about as long as the client tries each."""


class OutageNotice:
    """Says in a line that an attempt has failed and others follow, once for all requests of an outage."""

    def __init__(self, server: str, now: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._now = now
        self._said_at: float | None = None

    def __call__(self, error: ConnectionLostError | ProblemError) -> None:
        """Say it, unless it was said a short time ago."""
        now = self._now()
        if self._said_at is not None and now - self._said_at < _SAID_FOR:
            return
        self._said_at = now
        what = "can't be reached" if isinstance(error, ConnectionLostError) else "is busy"
        say(f"{self._server} {what}; trying again for a minute.")
