import asyncio

import pytest
from typing_extensions import override

from tests.contracts.examples import ADA, BOB
from tests.contracts.update_feed import PATIENCE, UpdateFeedContract, an_update
from tracklift_adapters.in_memory.update_feed import InMemoryUpdateFeed


class TestInMemoryUpdateFeed(UpdateFeedContract):
    @pytest.fixture
    @override
    def feed(self) -> InMemoryUpdateFeed:
        return InMemoryUpdateFeed()


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
