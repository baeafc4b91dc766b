import pytest
from typing_extensions import override

from tests.contracts.second_factor_repository import SecondFactorRepositoryContract
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.second_factors import SqlSecondFactorRepository
from tracklift_adapters.sql.users import SqlUserRepository


class TestSqlSecondFactorRepository(SecondFactorRepositoryContract):
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
    def factors(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlSecondFactorRepository:
        return SqlSecondFactorRepository(database, outbox)
