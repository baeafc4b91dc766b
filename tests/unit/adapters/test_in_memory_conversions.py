import pytest
from typing_extensions import override

from tests.contracts.conversion_repository import ConversionRepositoryContract
from tracklift_adapters.in_memory.conversions import InMemoryConversionRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox


class TestInMemoryConversionRepository(ConversionRepositoryContract):
    @pytest.fixture
    @override
    def outbox(self) -> InMemoryOutbox:
        return InMemoryOutbox()

    @pytest.fixture
    @override
    def conversions(self, outbox: InMemoryOutbox) -> InMemoryConversionRepository:
        return InMemoryConversionRepository(outbox)
