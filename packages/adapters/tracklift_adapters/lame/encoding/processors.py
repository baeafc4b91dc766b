"""The number of processors that this process may use."""

import os
from pathlib import Path

_MAX = 8
"""More encoders would need more memory and bring little speed, because one decoder supplies all of them."""
_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")
"""Quota and period in microseconds (control groups, version 2): a container's limit."""


def usable_processors() -> int:
    """Count the processors, within a container's limit: at least 1 and at most 8."""
    count = float(len(os.sched_getaffinity(0)))
    try:
        quota, period = _CGROUP_LIMIT.read_text().split()
        count = min(count, int(quota) / int(period))
    except (OSError, ValueError):
        pass  # There are no control groups, or there is no limit: the quota is `max`.
    return min(max(1, round(count)), _MAX)
