import pytest
from typing_extensions import override

from tests.contracts.user_repository import UserRepositoryContract
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.users import SqlUserRepository


class TestSqlUserRepository(UserRepositoryContract):
    @pytest.fixture
    @override
    def outbox(self, database: SqlDatabase) -> SqlOutbox:
        return SqlOutbox(database)

    @pytest.fixture
    @override
    def users(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlUserRepository:
        return SqlUserRepository(database, outbox)
