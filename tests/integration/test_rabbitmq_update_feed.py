"""The contract of feeds of updates on a real RabbitMQ, and what only two processes can show."""

from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from tests.contracts.update_feed import UpdateFeedContract
from tracklift_adapters.rabbitmq.update_feed import RabbitMqUpdateFeed

pytestmark = pytest.mark.network


@pytest.fixture
async def feed(rabbitmq_url: str) -> AsyncIterator[RabbitMqUpdateFeed]:
    feed = RabbitMqUpdateFeed(rabbitmq_url)
    await feed.open()
    yield feed
    await feed.close()
    await feed.close()


class TestRabbitMqUpdateFeed(UpdateFeedContract):
    @pytest.fixture
    @override
    def feed(self, feed: RabbitMqUpdateFeed) -> RabbitMqUpdateFeed:
        return feed
