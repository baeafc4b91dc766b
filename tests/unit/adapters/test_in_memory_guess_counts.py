from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.contracts.guess_counts import GuessCountsContract
from tests.unit.http.test_rate_limits import ByHand
from tracklift_adapters.in_memory.guess_counts import InMemoryGuessCounts
from tracklift_domain.user.password.policies import GuessPolicy

POLICY = GuessPolicy(
    free=2, first=timedelta(seconds=1), longest=timedelta(seconds=5), forgotten=timedelta(seconds=100)
)


class TestInMemoryGuessCounts(GuessCountsContract):
    @override
    def make(self, policy: GuessPolicy) -> InMemoryGuessCounts:
        return InMemoryGuessCounts(policy)


@pytest.fixture
def now() -> ByHand:
    """Give a clock."""
    return ByHand()


async def test_each_further_guess_costs_twice_as_much_up_to_the_longest_wait(now: ByHand) -> None:
    counts = InMemoryGuessCounts(replace(POLICY, free=1), now=now)
    waits = []
    for _ in range(6):
        assert await counts.take("a") == 0
        waits.append(await counts.take("a"))
        now.seconds += waits[-1]

    assert waits == [1, 2, 4, 5, 5, 5]


async def test_guesses_are_forgotten_some_time_after_the_last_one(now: ByHand) -> None:
    counts = InMemoryGuessCounts(POLICY, now=now)
    for _ in range(2):
        await counts.take("a")
    now.seconds += 99
    assert await counts.take("a") == 0
    assert await counts.take("a") == 2
    now.seconds += 100

    assert [await counts.take("a") for _ in range(3)] == [0, 0, 1]


async def test_so_many_accounts_and_clients_are_remembered_and_no_more(now: ByHand) -> None:
    counts = InMemoryGuessCounts(POLICY, now=now, most=2)
    for account in ("a", "b", "c"):
        for _ in range(2):
            await counts.take(account)
    await counts.remember(["x", "y", "z"])

    assert [await counts.take(account) > 0 for account in ("c", "b", "a")] == [True, True, False]
    assert [await counts.knows([client]) for client in ("x", "y", "z")] == [False, True, True]
