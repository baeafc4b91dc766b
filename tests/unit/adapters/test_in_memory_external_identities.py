import pytest
from typing_extensions import override

from tests.contracts.external_identity_repository import ExternalIdentityRepositoryContract
from tracklift_adapters.in_memory.external_identities import InMemoryExternalIdentityRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.users import InMemoryUserRepository


class TestInMemoryExternalIdentityRepository(ExternalIdentityRepositoryContract):
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
    def identities(self, users: InMemoryUserRepository) -> InMemoryExternalIdentityRepository:
        return InMemoryExternalIdentityRepository(users)
