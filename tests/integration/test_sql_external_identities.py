import pytest
from typing_extensions import override

from tests.contracts.external_identity_repository import ExternalIdentityRepositoryContract
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.external_identities import SqlExternalIdentityRepository
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.users import SqlUserRepository


class TestSqlExternalIdentityRepository(ExternalIdentityRepositoryContract):
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
    def identities(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlExternalIdentityRepository:
        return SqlExternalIdentityRepository(database, outbox)
