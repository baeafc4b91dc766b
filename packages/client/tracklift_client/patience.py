"""How long the client goes on trying while the line is cut or the server is busy."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tracklift_client.errors import ConnectionLostError, ProblemError
from tracklift_client.steps import Steps, T, Wait

Failure = ConnectionLostError | ProblemError
_BUSY = {408, 423, 429, 502, 503, 504}
"""Answers after which the same request may be sent again: too slow, locked, too many, and those of proxies."""


def _untold(_: Failure) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often in a row something may fail without any progress, and how long to wait after a failure (seconds)."""

    attempts: int = 8
    first_wait: float = 0.5
    longest_wait: float = 30.0
    told: Callable[[Failure], None] = _untold
    """Called with the first of several failures in a row, before the wait for the second attempt."""

    def begin(self, *, telling: bool = True) -> "Attempts":
        """Begin to count; without `telling` for what may break off though the server can be reached."""
        return Attempts(self if telling else replace(self, told=_untold))


class Attempts:
    """Counts failures in a row."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._failures = 0

    def succeeded(self) -> None:
        """Note progress: the count begins anew."""
        self._failures = 0

    def failed(self, error: Failure) -> Steps[None]:
        """Wait before the next attempt. Raises the error if it is final, or was the last one."""
        if isinstance(error, ProblemError) and error.status not in _BUSY:
            raise error
        self._failures += 1
        if self._failures >= self._patience.attempts:
            raise error
        wait = min(self._patience.first_wait * 2 ** (self._failures - 1), self._patience.longest_wait)
        if isinstance(error, ProblemError) and error.retry_after is not None:
            if error.retry_after > self._patience.longest_wait:
                raise error
            wait = max(wait, error.retry_after)
        if self._failures == 1:
            self._patience.told(error)
        yield Wait(wait)


def patiently(patience: Patience, operation: Callable[[], Steps[T]]) -> Steps[T]:
    """Carry out what may be repeated, until it succeeds or fails for good."""
    attempts = patience.begin()
    while True:
        try:
            return (yield from operation())
        except (ConnectionLostError, ProblemError) as error:
            yield from attempts.failed(error)
