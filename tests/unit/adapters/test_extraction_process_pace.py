"""A worker tells seldom how far it is, and never takes anything back."""

import pytest

from tracklift_adapters.extraction_process.worker.pace import Pace
from tracklift_domain.extraction.progress import Progress


class Told:
    """A pace whose clock is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.reports: list[Progress] = []
        self.pace = Pace(self.reports.append, lambda: self.now)

    def reach(self, now: float, fraction: float) -> None:
        self.now = 100.0 + now
        self.pace.reached(fraction)


def test_tells_at_most_twice_a_second() -> None:
    """The first time at once."""
    told = Told()

    for tenth in range(11):
        told.reach(tenth / 10, tenth / 10)

    assert [report.fraction for report in told.reports] == [0.0, 0.5, 1.0]


def test_never_falls_and_never_exceeds_the_whole() -> None:
    """Also where a file has more audio than it declares."""
    told = Told()

    for now, fraction in enumerate([0.5, 0.25, 1.5]):
        told.reach(now, fraction)

    assert [report.fraction for report in told.reports] == [0.5, 0.5, 1.0]


def test_estimates_the_rest_from_the_speed_so_far() -> None:
    """But not before there is a speed."""
    told = Told()

    told.reach(0.5, 0.1)
    told.reach(2.0, 0.25)
    told.reach(4.0, 1.0)

    assert [report.remaining for report in told.reports] == [None, pytest.approx(6.0), pytest.approx(0.0)]


def test_estimates_nothing_from_no_progress() -> None:
    """A division by zero helps nobody."""
    told = Told()

    told.reach(5.0, 0.0)

    assert told.reports == [Progress(0.0, None)]
