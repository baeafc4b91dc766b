from datetime import timedelta

import pytest

from tracklift_domain.user.password.policies import GuessPolicy


@pytest.mark.parametrize(
    ("guesses", "seconds"), [(0, 0), (9, 0), (10, 1), (11, 2), (15, 32), (16, 60), (10**6, 60)]
)
def test_a_few_guesses_cost_nothing_and_each_further_one_twice_as_much_up_to_an_end(
    guesses: int, seconds: int
) -> None:
    assert GuessPolicy().wait_after(guesses) == timedelta(seconds=seconds)


def test_guesses_are_not_forgotten_while_a_wait_runs() -> None:
    assert GuessPolicy().forgotten > GuessPolicy().longest
