import pytest
from typing_extensions import override

from tests.contracts.session_repository import SessionRepositoryContract
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.sessions import SqlSessionRepository
from tracklift_adapters.sql.users import SqlUserRepository


class TestSqlSessionRepository(SessionRepositoryContract):
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
