"""Detects files that have stopped growing."""

from collections.abc import Iterable, Mapping
from pathlib import Path

Stamp = tuple[int, int]
"""The size of a file in bytes, and when it was last modified (nanoseconds since 1970)."""


class GrowthWatch:
    """Tells which files have not changed for some seconds, from repeated observations."""

    def __init__(self, settle: float) -> None:
        """Consider a file complete after `settle` seconds without a change."""
        self._settle = settle
        self._seen: dict[Path, tuple[Stamp, float]] = {}

    def look(self, files: Mapping[Path, Stamp], now: float) -> list[Path]:
        """Record the files at a time of a monotonic clock, and give the complete ones; an empty file never is."""
        self._seen = {
            path: (stamp, self._since(path, stamp, now)) for path, stamp in files.items() if stamp[0] > 0
        }
        return [path for path, (_, since) in self._seen.items() if now - since >= self._settle]

    def _since(self, path: Path, stamp: Stamp, now: float) -> float:
        before = self._seen.get(path)
        return now if before is None or before[0] != stamp else before[1]


def stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    """Give the stamps of files; a file that has disappeared is left out."""
    found = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_size, status.st_mtime_ns)
    return found
