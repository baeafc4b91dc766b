import pytest
from typing_extensions import override

from tests.contracts.session_repository import SessionRepositoryContract
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_adapters.in_memory.users import InMemoryUserRepository


class TestInMemorySessionRepository(SessionRepositoryContract):
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
    def sessions(self, users: InMemoryUserRepository, outbox: InMemoryOutbox) -> InMemorySessionRepository:
        return InMemorySessionRepository(users, outbox)
