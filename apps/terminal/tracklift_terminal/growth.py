"""Which files have stopped growing."""

from collections.abc import Iterable, Mapping
from pathlib import Path

Stamp = tuple[int, int]
"""Bytes of a file, and when it was changed last (nanoseconds since 1970)."""


class GrowthWatch:
    """Tells which files have stayed the same for some seconds, by the looks that are taken at them."""

    def __init__(self, settle: float) -> None:
        """Take a file for complete after `settle` seconds without a change."""
        self._settle = settle
        self._seen: dict[Path, tuple[Stamp, float]] = {}

    def look(self, files: Mapping[Path, Stamp], now: float) -> list[Path]:
        """Note how files are at a time of a monotonic clock, and give those that are complete; empty ones never are."""
        self._seen = {
            path: (stamp, self._since(path, stamp, now)) for path, stamp in files.items() if stamp[0] > 0
        }
        return [path for path, (_, since) in self._seen.items() if now - since >= self._settle]

    def _since(self, path: Path, stamp: Stamp, now: float) -> float:
        before = self._seen.get(path)
        return now if before is None or before[0] != stamp else before[1]


def stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    """Look at files; those that are gone meanwhile are left out."""
    found = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_size, status.st_mtime_ns)
    return found
