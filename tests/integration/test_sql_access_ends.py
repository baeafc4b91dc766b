import pytest
from typing_extensions import override

from tests.contracts.access_end_repository import AccessEndRepositoryContract
from tracklift_adapters.sql.access_ends import SqlAccessEndRepository
from tracklift_adapters.sql.database import SqlDatabase


class TestSqlAccessEndRepository(AccessEndRepositoryContract):
    @pytest.fixture
    @override
    def ends(self, database: SqlDatabase) -> SqlAccessEndRepository:
        return SqlAccessEndRepository(database)
