"""What all counts that processes share must do. Their clock can't be moved, so the times are long."""

import asyncio
from abc import abstractmethod
from datetime import timedelta

import pytest

from tracklift_domain.rate_counts import RateCounts

HOUR = timedelta(hours=1)


class RateCountsContract:
    """Inherit and override the fixture."""

    @pytest.fixture
    @abstractmethod
    def counts(self) -> RateCounts:
        """Give counts of nothing yet."""
        raise NotImplementedError

    async def test_so_many_are_allowed_at_once(self, counts: RateCounts) -> None:
        """The wait is the time in which one more is allowed."""
        taken = [await counts.take("a", requests=3, per=HOUR) for _ in range(5)]

        assert [count.wait == 0 for count in taken] == [True, True, True, False, False]
        assert taken[3].wait == pytest.approx(1200, abs=60)

    async def test_it_is_told_how_much_is_left(self, counts: RateCounts) -> None:
        taken = [await counts.take("a", requests=4, per=HOUR) for _ in range(2)]

        assert [count.busy for count in taken] == [pytest.approx(900, abs=60), pytest.approx(1800, abs=60)]

    async def test_one_that_has_to_wait_makes_the_wait_no_longer(self, counts: RateCounts) -> None:
        await counts.take("a", requests=1, per=HOUR)

        waits = [(await counts.take("a", requests=1, per=HOUR)).wait for _ in range(10)]

        assert waits == [pytest.approx(3600, abs=60)] * 10

    async def test_keys_are_counted_each_by_itself(self, counts: RateCounts) -> None:
        await counts.take("a", requests=1, per=HOUR)

        assert (await counts.take("b", requests=1, per=HOUR)).wait == 0

    async def test_of_many_at_once_no_more_are_allowed(self, counts: RateCounts) -> None:
        """Also where the key was not counted before."""
        taken = await asyncio.gather(*(counts.take("a", requests=7, per=HOUR) for _ in range(50)))

        assert sum(count.wait == 0 for count in taken) == 7
