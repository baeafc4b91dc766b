"""The port through which the domain reads the time, and what follows from two times."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    @abstractmethod
    def now(self) -> datetime:
        """Give the current time as an aware datetime in UTC."""


def is_within(time: timedelta, since: datetime, now: datetime) -> bool:
    """Tell whether less than `time` has passed. If the clock was set back, this is not known and counts as no."""
    return since <= now < since + time
