from datetime import UTC, datetime, timedelta

from typing_extensions import override

from tracklift_domain.clock import Clock


class ManualClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        """Set the clock to an aware datetime."""
        self.set(now)

    @override
    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        """Move the clock to an aware datetime, forwards or backwards."""
        if now.tzinfo is None:
            raise ValueError("a clock needs an aware datetime: without an offset it names no point in time")
        self._now = now.astimezone(UTC)

    def advance(self, span: timedelta) -> datetime:
        """Move the clock by a span, and give the new time."""
        self._now += span
        return self._now
