import pytest
from typing_extensions import override

from tests.contracts.session_repository import SessionRepositoryContract
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_adapters.in_memory.users import InMemoryUserRepository


class TestInMemorySessionRepository(SessionRepositoryContract):
    @pytest.fixture
    @override
    def users(self) -> InMemoryUserRepository:
        return InMemoryUserRepository(InMemoryOutbox())

    @pytest.fixture
    @override
    def sessions(self, users: InMemoryUserRepository) -> InMemorySessionRepository:
        return InMemorySessionRepository(users)
