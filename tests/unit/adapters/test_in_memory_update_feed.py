import asyncio

import pytest
from typing_extensions import override

from tests.contracts.examples import ADA, BOB, conversion_id
from tests.contracts.update_feed import PATIENCE, UpdateFeedContract, an_update, take
from tracklift_adapters.in_memory.update_feed import InMemoryUpdateFeed
from tracklift_domain.conversion.progress import Progress


class TestInMemoryUpdateFeed(UpdateFeedContract):
    @pytest.fixture
    @override
    def feed(self) -> InMemoryUpdateFeed:
        return InMemoryUpdateFeed()


async def test_a_watcher_keeps_as_many_updates_as_the_feed_was_made_for() -> None:
    feed = InMemoryUpdateFeed(longest_queue=3)
    async with feed.subscribe(ADA) as updates:
        for number in range(10):
            await feed.publish(an_update(number))

        assert await take(updates, 3) == [an_update(7), an_update(8), an_update(9)]


async def test_watchers_that_left_are_not_remembered() -> None:
    feed = InMemoryUpdateFeed()

    for _ in range(100):
        async with feed.subscribe(ADA), feed.subscribe(BOB):
            pass

    assert feed._watchers == {}


async def test_of_too_many_conversions_those_longest_without_news_are_forgotten() -> None:
    feed = InMemoryUpdateFeed(most_remembered=2)
    for number in (1, 2, 1, 3):
        await feed.publish(an_update(number, fraction=number / 10))

    assert feed.latest_progress(conversion_id(1)) == Progress(0.1, 60.0)
    assert feed.latest_progress(conversion_id(2)) is None
    assert feed.latest_progress(conversion_id(3)) == Progress(0.3, 60.0)


async def test_progress_of_conversions_that_ended_is_not_kept() -> None:
    feed = InMemoryUpdateFeed()
    for number in range(100):
        await feed.publish(an_update(number, fraction=0.5))
        await feed.publish(an_update(number))

    assert len(feed._progress) == 0


async def test_a_feed_that_is_closed_ends_for_who_watches_and_for_who_begins_to() -> None:
    """So that nobody who only watches keeps a process from stopping."""
    feed = InMemoryUpdateFeed()
    async with asyncio.timeout(PATIENCE), feed.subscribe(ADA) as updates:
        waiting = asyncio.ensure_future(anext(updates, None))
        await feed.publish(an_update(1))
        assert await waiting == an_update(1)
        waiting = asyncio.ensure_future(anext(updates, None))

        feed.close()
        feed.close()

        assert await waiting is None
        async with feed.subscribe(BOB) as later:
            await feed.publish(an_update(2))
            assert await anext(later, None) is None
