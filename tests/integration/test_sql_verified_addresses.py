import pytest
from typing_extensions import override

from tests.contracts.verified_addresses import VerifiedAddressesContract
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.verified_addresses import SqlVerifiedAddresses


class TestSqlVerifiedAddresses(VerifiedAddressesContract):
    @pytest.fixture
    @override
    def verified(self, database: SqlDatabase) -> SqlVerifiedAddresses:
        return SqlVerifiedAddresses(database)
