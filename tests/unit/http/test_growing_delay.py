import pytest

from tests.unit.http.test_rate_limits import ByHand
from tracklift_adapters.http.limits.growing_delay import GrowingDelay


@pytest.fixture
def now() -> ByHand:
    return ByHand()


def test_a_few_failures_cost_nothing_and_each_further_one_twice_as_much(now: ByHand) -> None:
    delay = GrowingDelay(now=now)
    waits = []
    for _ in range(9):
        delay.note_failure("a")
        waits.append(delay.wait("a"))

    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16]


def test_the_wait_passes_and_has_an_end(now: ByHand) -> None:
    delay = GrowingDelay(now=now)
    for _ in range(100):
        delay.note_failure("a")

    assert delay.wait("a") == 900
    now.seconds += 899
    assert delay.wait("a") == 1
    now.seconds += 1
    assert delay.wait("a") == 0


def test_other_clients_do_not_wait(now: ByHand) -> None:
    delay = GrowingDelay(now=now)
    for _ in range(100):
        delay.note_failure("a")

    assert delay.wait("b") == 0


def test_failures_are_forgotten_after_a_while(now: ByHand) -> None:
    delay = GrowingDelay(now=now)
    for _ in range(20):
        delay.note_failure("a")
    now.seconds += 1800
    delay.note_failure("b")

    delay.note_failure("a")

    assert delay.wait("a") == 0


def test_so_many_clients_are_remembered_and_no_more(now: ByHand) -> None:
    delay = GrowingDelay(now=now, most_clients=2)
    for client in ("a", "b", "c"):
        for _ in range(6):
            delay.note_failure(client)

    assert [delay.wait(client) > 0 for client in ("a", "b", "c")] == [False, True, True]
