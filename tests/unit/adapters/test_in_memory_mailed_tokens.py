import pytest
from typing_extensions import override

from tests.contracts.mailed_token_repository import MailedTokenRepositoryContract
from tracklift_adapters.in_memory.api_keys import InMemoryApiKeyRepository
from tracklift_adapters.in_memory.mailed_tokens import InMemoryMailedTokenRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_adapters.in_memory.users import InMemoryUserRepository


class TestInMemoryMailedTokenRepository(MailedTokenRepositoryContract):
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

    @pytest.fixture
    @override
    def keys(self, users: InMemoryUserRepository, outbox: InMemoryOutbox) -> InMemoryApiKeyRepository:
        return InMemoryApiKeyRepository(users, outbox)

    @pytest.fixture
    @override
    def tokens(
        self,
        users: InMemoryUserRepository,
        sessions: InMemorySessionRepository,
        keys: InMemoryApiKeyRepository,
        outbox: InMemoryOutbox,
    ) -> InMemoryMailedTokenRepository:
        return InMemoryMailedTokenRepository(users, sessions, keys, outbox)
