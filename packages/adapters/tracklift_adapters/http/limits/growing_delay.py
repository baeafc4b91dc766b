"""How long a client waits that guesses passwords."""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

_FREE = 5
"""Failures in a row that cost nothing: people mistype, and several may share an address."""
_LONGEST = timedelta(minutes=15)
_FORGOTTEN = timedelta(minutes=30)
"""After the last failure."""


class GrowingDelay:
    """Makes each further failure of a client cost twice the wait of the one before, and concerns no other client.

    So no user is kept from an account by guesses at its password from elsewhere. The failures are counted in this
    process alone, and in bounded memory; a success is none, since a guesser may have an account too.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic, most_clients: int = 100_000) -> None:
        """Count; `now` gives seconds. Above `most_clients` those whose failure is longest ago are forgotten."""
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
