import logging

import pytest

from tracklift_adapters.rabbitmq import outage as outage_module
from tracklift_adapters.rabbitmq.errors import NotConnectedError
from tracklift_adapters.rabbitmq.outage import FIRST_PAUSE, LONGEST_PAUSE, Outage, Pauses

REFUSED = NotConnectedError("connection refused")


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1000.0

    def monotonic(self) -> float:
        return self.time


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(outage_module, "time", watch)
    return watch


def test_pauses_grow_to_a_bound_and_differ_by_chance(watch: Watch) -> None:
    series = [Pauses() for _ in range(50)]
    rounds = [[pauses.next() for pauses in series] for _ in range(10)]

    for number, pauses in enumerate(rounds):
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**number)
        assert all(longest / 2 <= pause <= longest for pause in pauses)
        assert len(set(pauses)) > 40


def test_pauses_begin_anew_after_a_quiet_time(watch: Watch) -> None:
    pauses = Pauses()
    for _ in range(10):
        pauses.next()

    watch.time += 2 * LONGEST_PAUSE + 1
    assert pauses.next() <= FIRST_PAUSE


def test_something_that_works_for_a_blink_between_failures_is_tried_ever_less_often(watch: Watch) -> None:
    pauses = Pauses()
    for _ in range(10):
        watch.time += pauses.next() + 0.1

    assert pauses.next() >= LONGEST_PAUSE / 2


def test_an_outage_is_logged_once_for_all_that_it_affects(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("The broker can't be reached", "The broker is reached again")

    with caplog.at_level(logging.INFO):
        for _ in range(3):
            outage.goes_on("sender", REFUSED)
            outage.goes_on("receiver", REFUSED)
        outage.is_over("sender")
        outage.is_over("sender")
        outage.is_over("receiver")

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            "The broker can't be reached: connection refused. This is tried again until it works.",
        ),
        (logging.INFO, "The broker is reached again."),
    ]


def test_the_next_outage_is_logged_again(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("The broker can't be reached", "The broker is reached again")

    with caplog.at_level(logging.INFO):
        for _ in range(2):
            outage.goes_on("sender", REFUSED)
            outage.is_over("sender")

    assert len(caplog.records) == 4
