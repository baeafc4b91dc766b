"""The MongoDB adapter on a real server."""

from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from tests.contracts.conversion_repository import ConversionRepositoryContract
from tests.contracts.delivery_log import DeliveryLogContract
from tests.contracts.media_store import MediaStoreContract
from tests.contracts.outbox import OutboxContract
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.delivery_log import MongoDeliveryLog
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.system.clock import SystemClock


@pytest.fixture
async def mongo(mongodb_url: str) -> AsyncIterator[MongoDatabase]:
    """Give an empty database."""
    database = MongoDatabase(mongodb_url)
    yield database
    await database.close()


class TestMongoConversionRepository(ConversionRepositoryContract):
    @pytest.fixture
    @override
    def outbox(self, mongo: MongoDatabase) -> MongoOutbox:
        return MongoOutbox(mongo)

    @pytest.fixture
    @override
    async def conversions(self, mongo: MongoDatabase, outbox: MongoOutbox) -> MongoConversionRepository:
        repository = MongoConversionRepository(mongo, outbox)
        await repository.prepare()
        return repository


class TestMongoOutbox(OutboxContract):
    @pytest.fixture
    @override
    def outbox(self, mongo: MongoDatabase) -> MongoOutbox:
        return MongoOutbox(mongo)

    @pytest.fixture
    @override
    async def conversions(self, mongo: MongoDatabase, outbox: MongoOutbox) -> MongoConversionRepository:
        repository = MongoConversionRepository(mongo, outbox)
        await repository.prepare()
        return repository


class TestMongoDeliveryLog(DeliveryLogContract):
    @pytest.fixture
    @override
    async def log(self, mongo: MongoDatabase) -> MongoDeliveryLog:
        log = MongoDeliveryLog(mongo)
        await log.prepare()
        return log


class TestGridFsMediaStore(MediaStoreContract):
    @pytest.fixture
    @override
    async def store(self, mongo: MongoDatabase) -> AsyncIterator[GridFsMediaStore]:
        store = GridFsMediaStore(mongo, SystemClock())
        await store.prepare()
        yield store
        await store.close()
