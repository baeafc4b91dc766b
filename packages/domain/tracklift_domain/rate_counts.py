"""Counts of how often something is done, which several processes share."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RateCount:
    """What a count says of a key. Both in seconds."""

    wait: float
    """Until the next one is allowed; 0: this one is, and is counted."""
    busy: float
    """Until as many are allowed again as at first."""


class RateCounts(Protocol):
    """Counts for all processes, in bounded storage.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def take(self, key: str, *, requests: int, per: timedelta) -> RateCount:
        """Count one of a key, unless it has to wait: so many at once, and then as many again spread over the time."""
