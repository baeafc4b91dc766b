"""Counts of guesses that gateways share, and what one does while they do not answer."""

import asyncio
from collections.abc import Collection

import pytest
from typing_extensions import override

from tests.contracts.guess_counts import POLICY, GuessCountsContract
from tests.unit.faults import down
from tests.unit.http.test_rate_limits import ByHand
from tracklift_adapters.http.callers.shared_guess_counts import SharedGuessCounts
from tracklift_adapters.in_memory.guess_counts import InMemoryGuessCounts
from tracklift_domain.user.password.policies import GuessPolicy
from tracklift_domain.user.password.ports import GuessCounts


class Unanswering(GuessCounts):
    """Counts that are down, or never answer."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.asked = 0

    async def _fail(self) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()

    @override
    async def take(self, account: str) -> float:
        await self._fail()
        raise AssertionError

    @override
    async def give_back(self, account: str) -> None:
        await self._fail()

    @override
    async def remember(self, known: Collection[str]) -> None:
        await self._fail()

    @override
    async def knows(self, known: Collection[str]) -> bool:
        await self._fail()
        raise AssertionError


class TestSharedGuessCounts(GuessCountsContract):
    @override
    def make(self, policy: GuessPolicy) -> GuessCounts:
        return SharedGuessCounts(InMemoryGuessCounts(policy), InMemoryGuessCounts(policy))


class TestSharedGuessCountsThatAreDown(GuessCountsContract):
    @override
    def make(self, policy: GuessPolicy) -> GuessCounts:
        return SharedGuessCounts(Unanswering(down()), InMemoryGuessCounts(policy))


async def test_two_processes_count_together() -> None:
    shared = InMemoryGuessCounts(POLICY)
    first, second = (SharedGuessCounts(shared, InMemoryGuessCounts(POLICY)) for _ in range(2))

    waits = [await counts.take("a") for counts in (first, second) * POLICY.free]
    await first.remember(["client"])

    assert sum(wait == 0 for wait in waits) == POLICY.free
    assert await second.knows(["client"])


@pytest.mark.parametrize("error", [down(), None], ids=["down", "too slow"])
async def test_counts_that_do_not_answer_are_asked_again_after_a_pause(error: Exception | None) -> None:
    """And not with every request, which would wait for them."""
    now = ByHand()
    shared = Unanswering(error)
    counts = SharedGuessCounts(shared, InMemoryGuessCounts(POLICY), now=now)

    for _ in range(3):
        await counts.take("a")
    assert shared.asked == 1
    now.seconds += 5
    await counts.knows(["client"])

    assert shared.asked == 2


async def test_a_client_is_known_while_the_shared_counts_are_down() -> None:
    """If it has logged in at this gateway."""
    shared = Unanswering(down())
    counts = SharedGuessCounts(shared, InMemoryGuessCounts(POLICY))

    await counts.remember(["client"])

    assert await counts.knows(["client"])
