import pytest
from typing_extensions import override

from tests.contracts.api_key_repository import ApiKeyRepositoryContract
from tracklift_adapters.in_memory.api_keys import InMemoryApiKeyRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.users import InMemoryUserRepository


class TestInMemoryApiKeyRepository(ApiKeyRepositoryContract):
    @pytest.fixture
    @override
    def outbox(self) -> InMemoryOutbox:
        return InMemoryOutbox()

    @pytest.fixture
    @override
    def users(self, outbox: InMemoryOutbox) -> InMemoryUserRepository:
        return InMemoryUserRepository(outbox)

    @pytest.fixture
    @override
    def keys(self, users: InMemoryUserRepository, outbox: InMemoryOutbox) -> InMemoryApiKeyRepository:
        return InMemoryApiKeyRepository(users, outbox)
