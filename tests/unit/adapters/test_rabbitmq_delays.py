from datetime import timedelta

import pytest

from tracklift_adapters.rabbitmq.delays import DELAYS, next_wait


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize("remaining", [0, -1, -1e9])
def test_what_is_due_waits_no_more(remaining: float) -> None:
    assert next_wait(seconds(remaining), DELAYS) is None


@pytest.mark.parametrize(
    ("remaining", "wait"),
    [(0.001, 1), (1, 1), (3.9, 1), (4, 4), (15.9, 4), (64, 64), (255, 64), (256, 256), (1e6, 256)],
)
def test_the_longest_wait_is_chosen_that_does_not_last_too_long(remaining: float, wait: float) -> None:
    assert next_wait(seconds(remaining), DELAYS) == seconds(wait)


def test_the_order_of_the_delays_does_not_matter() -> None:
    assert next_wait(seconds(5), tuple(reversed(DELAYS))) == seconds(4)


@pytest.mark.parametrize("delay", [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 299.5, 300])
def test_any_delay_of_up_to_five_minutes_takes_few_waits_and_ends_less_than_a_second_late(
    delay: float,
) -> None:
    waited, waits = timedelta(0), 0
    while (wait := next_wait(seconds(delay) - waited, DELAYS)) is not None:
        waited += wait
        waits += 1

    assert waits <= 10
    assert seconds(delay) <= waited < seconds(delay + 1)
