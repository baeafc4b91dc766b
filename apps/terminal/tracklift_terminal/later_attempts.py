"""Decides when files that failed for a passing reason are retried."""

from pathlib import Path

from tracklift_terminal.growth import Stamp

_FIRST = 60.0
_LONGEST = 3600.0
"""Seconds."""


class LaterAttempts:
    """Delays a file for a minute, then twice as long each time, up to an hour; a changed file is due immediately."""

    def __init__(self) -> None:
        self._put_off: dict[Path, tuple[Stamp, float, float]] = {}

    def is_due(self, path: Path, stamp: Stamp, now: float) -> bool:
        """Tell whether a file may be tried, at a time of a monotonic clock."""
        before = self._put_off.get(path)
        return before is None or before[0] != stamp or now >= before[2]

    def put_off(self, path: Path, stamp: Stamp, now: float) -> None:
        """Note that a file failed."""
        before = self._put_off.get(path)
        wait = _FIRST if before is None or before[0] != stamp else min(2 * before[1], _LONGEST)
        self._put_off[path] = (stamp, wait, now + wait)
