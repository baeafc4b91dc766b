import pytest
from typing_extensions import override

from tests.contracts.outbox import OutboxContract
from tracklift_adapters.in_memory.conversions import InMemoryConversionRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox


class TestInMemoryOutbox(OutboxContract):
    @pytest.fixture
    @override
    def outbox(self) -> InMemoryOutbox:
        return InMemoryOutbox()

    @pytest.fixture
    @override
    def conversions(self, outbox: InMemoryOutbox) -> InMemoryConversionRepository:
        return InMemoryConversionRepository(outbox)
