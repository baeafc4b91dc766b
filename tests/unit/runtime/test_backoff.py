import pytest

from tracklift_runtime import backoff as backoff_module
from tracklift_runtime.backoff import FIRST_PAUSE, LONGEST_PAUSE, Backoff


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1000.0

    def monotonic(self) -> float:
        return self.time


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(backoff_module, "time", watch)
    return watch


def test_pauses_grow_to_a_bound_and_differ_by_chance(watch: Watch) -> None:
    series = [Backoff() for _ in range(50)]
    rounds = [[backoff.next() for backoff in series] for _ in range(10)]

    for number, pauses in enumerate(rounds):
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**number)
        assert all(longest / 2 <= pause <= longest for pause in pauses)
        assert len(set(pauses)) > 40


def test_pauses_begin_anew_after_a_quiet_time(watch: Watch) -> None:
    backoff = Backoff()
    for _ in range(10):
        backoff.next()

    watch.time += 2 * LONGEST_PAUSE + 1
    assert backoff.next() <= FIRST_PAUSE


def test_something_that_works_for_a_blink_between_failures_is_tried_ever_less_often(watch: Watch) -> None:
    backoff = Backoff()
    for _ in range(10):
        watch.time += backoff.next() + 0.1

    assert backoff.next() >= LONGEST_PAUSE / 2
