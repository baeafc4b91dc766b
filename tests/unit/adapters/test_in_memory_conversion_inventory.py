import pytest
from typing_extensions import override

from tests.contracts.conversion_inventory import ConversionInventoryContract
from tracklift_adapters.in_memory.conversions import InMemoryConversionRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox


class TestInMemoryConversionInventory(ConversionInventoryContract):
    @pytest.fixture
    @override
    async def conversions(self) -> InMemoryConversionRepository:
        return InMemoryConversionRepository(InMemoryOutbox())

    @pytest.fixture
    @override
    async def inventory(self, conversions: InMemoryConversionRepository) -> InMemoryConversionRepository:
        return conversions
