"""The machine's clock."""

from datetime import UTC, datetime

from typing_extensions import override

from tracklift_domain.clock import Clock


class SystemClock(Clock):
    """Tells the time of the machine, which is expected to be kept by NTP or the like."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)
