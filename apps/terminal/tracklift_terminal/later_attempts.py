"""When files that failed for a passing reason are tried again."""

from pathlib import Path

from tracklift_terminal.growth import Stamp

_FIRST = 60.0
_LONGEST = 3600.0
"""Seconds."""


class LaterAttempts:
    """Puts a file off for a minute, then for twice as long each time, up to an hour; one that has changed is due."""

    def __init__(self) -> None:
        self._put_off: dict[Path, tuple[Stamp, float, float]] = {}

    def is_due(self, path: Path, stamp: Stamp, now: float) -> bool:
        """Tell whether a file may be tried, by the time of a monotonic clock."""
        before = self._put_off.get(path)
        return before is None or before[0] != stamp or now >= before[2]

    def put_off(self, path: Path, stamp: Stamp, now: float) -> None:
        """Note that a file failed."""
        before = self._put_off.get(path)
        wait = _FIRST if before is None or before[0] != stamp else min(2 * before[1], _LONGEST)
        self._put_off[path] = (stamp, wait, now + wait)
