import pytest
from typing_extensions import override

from tests.contracts.mailed_token_repository import MailedTokenRepositoryContract
from tracklift_adapters.sql.api_keys import SqlApiKeyRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.mailed_tokens import SqlMailedTokenRepository
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.sessions import SqlSessionRepository
from tracklift_adapters.sql.users import SqlUserRepository


class TestSqlMailedTokenRepository(MailedTokenRepositoryContract):
    @pytest.fixture
    @override
    def outbox(self, database: SqlDatabase) -> SqlOutbox:
        return SqlOutbox(database)

    @pytest.fixture
    @override
    def users(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlUserRepository:
        return SqlUserRepository(database, outbox)

    @pytest.fixture
    @override
    def sessions(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlSessionRepository:
        return SqlSessionRepository(database, outbox)

    @pytest.fixture
    @override
    def keys(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlApiKeyRepository:
        return SqlApiKeyRepository(database, outbox)

    @pytest.fixture
    @override
    def tokens(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlMailedTokenRepository:
        return SqlMailedTokenRepository(database, outbox)
