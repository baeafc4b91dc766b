import pytest
from typing_extensions import override

from tests.contracts.user_quotas import UserQuotasContract
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.user_quotas import SqlUserQuotas


class TestSqlUserQuotas(UserQuotasContract):
    @pytest.fixture
    @override
    def quotas(self, database: SqlDatabase) -> SqlUserQuotas:
        return SqlUserQuotas(database)
