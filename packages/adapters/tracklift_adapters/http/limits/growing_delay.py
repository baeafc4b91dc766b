"""Growing waits of clients that guess passwords."""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

_FREE = 5
"""Consecutive failures without a wait: people mistype, and several may share an address."""
_LONGEST = timedelta(minutes=15)
_FORGOTTEN = timedelta(minutes=30)
"""When failures are forgotten after the last one."""


class GrowingDelay:
    """Doubles the wait with each further failure of a client, and does not affect other clients.

    So guesses from elsewhere do not lock a user out. Failures are counted in this process only, in bounded memory. A
    success does not reset the count, since an attacker may have an account too.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic, most_clients: int = 100_000) -> None:
        """Take a clock in seconds. Above `most_clients`, the least recent failures are forgotten."""
        self._now = now
        self._most_clients = most_clients
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Give the seconds until the client may try again."""
        count, at = self._failures.get(client, (0, 0.0))
        if count < _FREE:
            return 0.0
        delay = min(2.0 ** min(count - _FREE, 30), _LONGEST.total_seconds())
        return max(at + delay - self._now(), 0.0)

    def note_failure(self, client: str) -> None:
        """Count a failure."""
        now = self._now()
        while self._failures and next(iter(self._failures.values()))[1] + _FORGOTTEN.total_seconds() <= now:
            self._failures.popitem(last=False)
        count, _ = self._failures.pop(client, (0, 0.0))
        self._failures[client] = (count + 1, now)
        if len(self._failures) > self._most_clients:
            self._failures.popitem(last=False)
