"""As many encoders work at the same time as there are processors for this process."""

import os
from pathlib import Path

import pytest

from tracklift_adapters.lame.encoding import processors
from tracklift_adapters.lame.encoding.processors import usable_processors


@pytest.mark.parametrize(
    ("available", "limit", "usable"),
    [
        (4, "max 100000", 4),
        (4, "200000 100000", 2),
        (4, "150000 100000", 2),
        (4, "10000 100000", 1),
        (4, "900000 100000", 4),
        (1, "max 100000", 1),
        (64, "max 100000", 8),
        (64, "300000 100000", 3),
        (4, "rubbish", 4),
        (4, "", 4),
    ],
)
def test_the_smallest_limit_counts(
    available: int, limit: str, usable: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cpu.max"
    path.write_text(limit)
    monkeypatch.setattr(processors, "_CGROUP_LIMIT", path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(available)))

    assert usable_processors() == usable


def test_without_control_groups_the_processors_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "_CGROUP_LIMIT", tmp_path / "none")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 7})

    assert usable_processors() == 3
