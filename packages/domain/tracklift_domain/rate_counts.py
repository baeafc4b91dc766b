"""Request counts that several processes share."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RateCount:
    """The result of a count. Both in seconds."""

    wait: float
    """Until the next request is allowed; 0: this one is allowed, and counted."""
    busy: float
    """Until the full number is allowed again."""


class RateCounts(Protocol):
    """Counts requests for all processes, in bounded storage.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def take(self, key: str, *, requests: int, per: timedelta) -> RateCount:
        """Count a request of a key if it is allowed: a burst of `requests`, replenished evenly over `per`."""
