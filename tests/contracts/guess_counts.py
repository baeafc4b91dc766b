"""What all counts of guesses must do. Their clock can't be moved, so the times are long."""

import asyncio
from abc import abstractmethod
from datetime import timedelta

import pytest

from tracklift_domain.user.password.policies import GuessPolicy
from tracklift_domain.user.password.ports import GuessCounts

HOUR = timedelta(hours=1)
POLICY = GuessPolicy(free=3, first=HOUR, longest=4 * HOUR, forgotten=24 * HOUR)
AT_ONCE = GuessPolicy(free=1, first=timedelta(0), longest=timedelta(0), forgotten=timedelta(0))
"""Nobody has to wait, and all is forgotten."""


class GuessCountsContract:
    """Inherit and override the method."""

    @abstractmethod
    def make(self, policy: GuessPolicy) -> GuessCounts:
        """Give counts of nothing yet."""
        raise NotImplementedError

    @pytest.fixture
    def counts(self) -> GuessCounts:
        """Give counts with long waits."""
        return self.make(POLICY)

    async def test_a_few_guesses_cost_nothing_and_the_next_one_waits(self, counts: GuessCounts) -> None:
        """One that has to wait is not counted, and makes the wait no longer."""
        waits = [await counts.take("a") for _ in range(5)]

        assert waits == [0, 0, 0, pytest.approx(3600, abs=60), pytest.approx(3600, abs=60)]

    async def test_accounts_are_counted_each_by_itself(self, counts: GuessCounts) -> None:
        for _ in range(4):
            await counts.take("a")

        assert await counts.take("b") == 0

    async def test_of_many_at_once_no_more_are_looked_at(self, counts: GuessCounts) -> None:
        """Also where the account was not guessed at before."""
        waits = await asyncio.gather(*(counts.take("a") for _ in range(50)))

        assert sum(wait == 0 for wait in waits) == POLICY.free

    async def test_one_that_is_given_back_was_none(self, counts: GuessCounts) -> None:
        """And the next one need not wait for it."""
        for _ in range(POLICY.free):
            await counts.take("a")

        await counts.give_back("a")

        assert await counts.take("a") == 0
        assert await counts.take("a") > 0

    async def test_what_nobody_guessed_at_can_be_given_back(self, counts: GuessCounts) -> None:
        await counts.give_back("a")

        waits = [await counts.take("a") for _ in range(POLICY.free + 1)]

        assert [wait == 0 for wait in waits] == [True] * POLICY.free + [False]

    async def test_guesses_are_forgotten_after_a_while(self) -> None:
        counts = self.make(AT_ONCE)

        assert [await counts.take("a") for _ in range(5)] == [0] * 5

    async def test_a_client_is_known_once_it_is_remembered(self, counts: GuessCounts) -> None:
        assert not await counts.knows(["a", "b"])

        await counts.remember(["b", "c"])
        await counts.remember(["b"])

        assert await counts.knows(["a", "b"])
        assert await counts.knows(["c"])
        assert not await counts.knows(["a"])
        assert not await counts.knows([])

    async def test_a_client_is_not_known_for_ever(self) -> None:
        counts = self.make(GuessPolicy(known_for=timedelta(0)))

        await counts.remember(["a"])

        assert not await counts.knows(["a"])
