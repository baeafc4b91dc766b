"""How many processors this process may use."""

import os
from pathlib import Path

_MOST = 8
"""Encoders: more would need more memory than they bring speed, as one decoder feeds them all."""
_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")
"""Quota and period in microseconds (control groups, version 2), as a container's limit is set."""


def usable_processors() -> int:
    """Count the processors, less where a container has a limit, at least 1 and at most 8."""
    count = float(len(os.sched_getaffinity(0)))
    try:
        quota, period = _CGROUP_LIMIT.read_text().split()
        count = min(count, int(quota) / int(period))
    except (OSError, ValueError):
        pass  # No control groups, or no limit: the word `max`.
    return min(max(1, round(count)), _MOST)
