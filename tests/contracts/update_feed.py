"""What every feed of updates must do."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator

import pytest

from tests.contracts.examples import ADA, BOB, conversion_id
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import SessionId, UserId

PATIENCE = 30
"""Seconds after which a test takes an update for lost."""
MANY = 1000
"""More updates than any feed keeps for a watcher that does not read."""


def an_update(
    number: int = 1,
    *,
    owner_id: UserId = ADA,
    state: ConversionState = ConversionState.CONVERTING,
    fraction: float | None = None,
) -> ConversionUpdate:
    """Make an update of a numbered conversion."""
    return ConversionUpdate(
        conversion_id=conversion_id(number),
        owner_id=owner_id,
        state=state,
        progress=None if fraction is None else Progress(fraction, 60.0),
    )


async def take(updates: AsyncIterator[ConversionUpdate], count: int) -> list[ConversionUpdate]:
    """Take that many updates."""
    async with asyncio.timeout(PATIENCE):
        return [await anext(updates) for _ in range(count)]


class UpdateFeedContract:
    """Inherit and override the fixture."""

    @pytest.fixture
    @abstractmethod
    def feed(self) -> UpdateFeed:
        """Give a feed that nobody watches."""
        raise NotImplementedError

    async def test_publishing_to_nobody_is_fine(self, feed: UpdateFeed) -> None:
        await feed.publish(an_update())

    async def test_a_watcher_gets_updates_in_order(self, feed: UpdateFeed) -> None:
        sent = [an_update(number, fraction=number / 10) for number in range(5)]
        async with feed.subscribe(ADA) as updates:
            for update in sent:
                await feed.publish(update)

            assert await take(updates, 5) == sent

    async def test_a_waiting_watcher_is_woken(self, feed: UpdateFeed) -> None:
        async with feed.subscribe(ADA) as updates:
            for number in range(3):
                waiting = asyncio.ensure_future(take(updates, 1))
                await asyncio.sleep(0)
                await feed.publish(an_update(number))

                assert await waiting == [an_update(number)]

    async def test_a_watcher_sees_its_owners_updates_only(self, feed: UpdateFeed) -> None:
        async with feed.subscribe(ADA) as adas, feed.subscribe(BOB) as bobs:
            await feed.publish(an_update(1, owner_id=BOB))
            await feed.publish(an_update(2))

            assert await take(adas, 1) == [an_update(2)]
            assert await take(bobs, 1) == [an_update(1, owner_id=BOB)]

    async def test_every_watcher_of_an_owner_gets_every_update(self, feed: UpdateFeed) -> None:
        async with feed.subscribe(ADA) as first, feed.subscribe(ADA) as second:
            for number in range(3):
                await feed.publish(an_update(number))

            assert await take(first, 3) == await take(second, 3) == [an_update(n) for n in range(3)]

    async def test_what_came_before_watching_is_not_shown(self, feed: UpdateFeed) -> None:
        await feed.publish(an_update(1))

        async with feed.subscribe(ADA) as updates:
            await feed.publish(an_update(2))

            assert await take(updates, 1) == [an_update(2)]

    async def test_updates_are_received_from_entering_on(self, feed: UpdateFeed) -> None:
        """Not from the first one that is asked for."""
        async with feed.subscribe(ADA) as updates:
            await feed.publish(an_update(1))
            await feed.publish(an_update(2))

            assert await take(updates, 2) == [an_update(1), an_update(2)]

    @pytest.mark.measured_elsewhere
    async def test_a_slow_watcher_loses_its_oldest_updates(self, feed: UpdateFeed) -> None:
        """It holds up neither the publisher nor a faster watcher, and still gets the newest."""
        async with feed.subscribe(ADA) as slow, feed.subscribe(ADA) as fast:
            for number in range(MANY):
                await feed.publish(an_update(number))
                await take(fast, 1)
            await feed.publish(an_update(MANY, state=ConversionState.COMPLETED))

            seen = await take(slow, 1)
            while seen[-1] != an_update(MANY, state=ConversionState.COMPLETED):
                seen += await take(slow, 1)
            numbers = [int(update.conversion_id, 16) for update in seen]
            assert numbers == list(range(numbers[0], MANY + 1))
            assert len(numbers) < MANY

    async def test_a_watcher_that_gives_up_waiting_loses_nothing(self, feed: UpdateFeed) -> None:
        async with feed.subscribe(ADA) as updates:
            waiting = asyncio.ensure_future(take(updates, 1))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait({waiting})

            await feed.publish(an_update())

            assert await take(updates, 1) == [an_update()]

    async def test_watching_ends_with_its_context(self, feed: UpdateFeed) -> None:
        """A task that still waits is let go, and asking again ends at once."""
        async with feed.subscribe(ADA) as updates:
            waiting = asyncio.ensure_future(anext(updates, None))
            await asyncio.sleep(0)

        async with asyncio.timeout(PATIENCE):
            assert await waiting is None
            assert await anext(updates, None) is None
        await feed.publish(an_update())

    async def test_watching_of_one_owner_can_be_ended(self, feed: UpdateFeed) -> None:
        """A watcher that waits is woken; other owners' watchers, and those who begin later, are not concerned."""
        async with feed.subscribe(ADA) as first, feed.subscribe(ADA) as second, feed.subscribe(BOB) as bobs:
            waiting = asyncio.ensure_future(anext(first, None))
            await asyncio.sleep(0)
            await feed.end(ADA)

            assert await waiting is None
            assert [update async for update in second] == []
            async with feed.subscribe(ADA) as later:
                await feed.publish(an_update(1))
                await feed.publish(an_update(2, owner_id=BOB))
                assert await take(later, 1) == [an_update(1)]
            assert await take(bobs, 1) == [an_update(2, owner_id=BOB)]
        await feed.end(ADA)

    async def test_watching_in_one_session_can_be_ended(self, feed: UpdateFeed) -> None:
        """Other sessions of the owner go on, and so do those who watch in none that is known."""
        async with (
            feed.subscribe(ADA, SessionId("1")) as ended,
            feed.subscribe(ADA, SessionId("2")) as other,
            feed.subscribe(ADA) as unknown,
        ):
            await feed.end(ADA, SessionId("1"))

            assert [update async for update in ended] == []
            await feed.publish(an_update())
            assert await take(other, 1) == await take(unknown, 1) == [an_update()]
            await feed.end(ADA)
            assert [update async for update in other] == [update async for update in unknown] == []

    async def test_watching_again_starts_anew(self, feed: UpdateFeed) -> None:
        async with feed.subscribe(ADA):
            await feed.publish(an_update(1))

        async with feed.subscribe(ADA) as updates:
            await feed.publish(an_update(2))

            assert await take(updates, 1) == [an_update(2)]

    async def test_a_watcher_that_fails_leaves_the_others_watching(self, feed: UpdateFeed) -> None:
        async with feed.subscribe(ADA) as updates:
            with pytest.raises(ConnectionError):
                async with feed.subscribe(ADA):
                    raise ConnectionError

            await feed.publish(an_update())

            assert await take(updates, 1) == [an_update()]

    async def test_the_latest_progress_is_known(self, feed: UpdateFeed) -> None:
        assert feed.latest_progress(conversion_id(1)) is None

        async with feed.subscribe(ADA) as updates:
            await feed.publish(an_update(1, fraction=0.25))
            await feed.publish(an_update(1, fraction=0.5))
            await feed.publish(an_update(2, fraction=0.75))
            await take(updates, 3)

        assert feed.latest_progress(conversion_id(1)) == Progress(0.5, 60.0)
        assert feed.latest_progress(conversion_id(2)) == Progress(0.75, 60.0)

    async def test_a_new_attempt_begins_without_progress(self, feed: UpdateFeed) -> None:
        async with feed.subscribe(ADA) as updates:
            await feed.publish(an_update(fraction=0.5))
            await feed.publish(an_update())
            await take(updates, 2)

        assert feed.latest_progress(conversion_id(1)) is None

    @pytest.mark.parametrize(
        "state", [state for state in ConversionState if state is not ConversionState.CONVERTING]
    )
    async def test_progress_is_forgotten_when_converting_ends(
        self, feed: UpdateFeed, state: ConversionState
    ) -> None:
        async with feed.subscribe(ADA) as updates:
            await feed.publish(an_update(fraction=0.5))
            await feed.publish(an_update(state=state))
            await take(updates, 2)

        assert feed.latest_progress(conversion_id(1)) is None
