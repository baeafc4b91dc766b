import pytest
from typing_extensions import override

from tests.contracts.conversion_inventory import ConversionInventoryContract
from tests.contracts.examples import NOW, conversion_id
from tests.integration.shared_mongodb import SharedMongoDb
from tests.unit.builders import completed
from tracklift_adapters.mongodb import conversion_inventory
from tracklift_adapters.mongodb.conversion_inventory import MongoConversionInventory
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.outbox import MongoOutbox

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestMongoConversionInventory(ConversionInventoryContract):
    @pytest.fixture
    @override
    async def conversions(
        self, mongo: MongoDatabase, shared_mongodb: SharedMongoDb
    ) -> MongoConversionRepository:
        repository = MongoConversionRepository(mongo, MongoOutbox(mongo))
        await shared_mongodb.prepare(repository)
        return repository

    @pytest.fixture
    @override
    async def inventory(self, mongo: MongoDatabase) -> MongoConversionInventory:
        return MongoConversionInventory(mongo)

    async def test_conversions_of_several_pages_are_all_given_once(
        self,
        inventory: MongoConversionInventory,
        conversions: MongoConversionRepository,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(conversion_inventory, "_PAGE", 2)
        for number in range(1, 6):
            await conversions.add(completed(number))

        found = [conversion.id async for conversion in inventory.ended_since(NOW)]

        assert found == sorted(map(conversion_id, range(1, 6)))
