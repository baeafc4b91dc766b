"""A worker reports progress at most twice a second, and what it reports never falls."""

import pytest

from tracklift_adapters.extraction_process.worker.progress_throttle import ProgressThrottle
from tracklift_domain.extraction.progress import Progress


class Recorder:
    """A throttle whose clock is set by hand, and its reports."""

    def __init__(self) -> None:
        self.now = 100.0
        self.reports: list[Progress] = []
        self.throttle = ProgressThrottle(self.reports.append, lambda: self.now)

    def reach(self, now: float, fraction: float) -> None:
        self.now = 100.0 + now
        self.throttle.reached(fraction)


def test_reports_at_most_twice_a_second() -> None:
    """The first report is immediate."""
    recorder = Recorder()

    for tenth in range(11):
        recorder.reach(tenth / 10, tenth / 10)

    assert [report.fraction for report in recorder.reports] == [0.0, 0.5, 1.0]


def test_never_falls_and_never_exceeds_the_whole() -> None:
    """Also where a file has more audio than it declares."""
    recorder = Recorder()

    for now, fraction in enumerate([0.5, 0.25, 1.5]):
        recorder.reach(now, fraction)

    assert [report.fraction for report in recorder.reports] == [0.5, 0.5, 1.0]


def test_estimates_the_remaining_time_from_the_speed_so_far() -> None:
    """But not in the first second."""
    recorder = Recorder()

    recorder.reach(0.5, 0.1)
    recorder.reach(2.0, 0.25)
    recorder.reach(4.0, 1.0)

    assert [report.remaining for report in recorder.reports] == [
        None,
        pytest.approx(6.0),
        pytest.approx(0.0),
    ]


def test_estimates_nothing_from_no_progress() -> None:
    """A speed of zero would be a division by zero."""
    recorder = Recorder()

    recorder.reach(5.0, 0.0)

    assert recorder.reports == [Progress(0.0, None)]
