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
    def users(self, database: SqlDatabase) -> SqlUserRepository:
        return SqlUserRepository(database, SqlOutbox(database))

    @pytest.fixture
    @override
    def sessions(self, database: SqlDatabase) -> SqlSessionRepository:
        return SqlSessionRepository(database)
