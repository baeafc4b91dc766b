import pytest
from sqlalchemy import update
from typing_extensions import override

from tests.contracts.api_key_repository import ApiKeyRepositoryContract
from tests.contracts.examples import a_user, an_api_key
from tracklift_adapters.sql.api_keys import SqlApiKeyRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import api_keys
from tracklift_adapters.sql.users import SqlUserRepository
from tracklift_domain.user.access.scope import Scope


class TestSqlApiKeyRepository(ApiKeyRepositoryContract):
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
    def keys(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlApiKeyRepository:
        return SqlApiKeyRepository(database, outbox)

    async def test_a_scope_that_a_newer_release_gave_allows_nothing_here(
        self, database: SqlDatabase, users: SqlUserRepository, keys: SqlApiKeyRepository
    ) -> None:
        await users.add(a_user())
        await keys.add(an_api_key(), at_most=1)
        async with database.write() as connection:
            await connection.execute(update(api_keys).values(scopes="publish read reads"))

        assert (await keys.get_by_hash(an_api_key().key_hash)).scopes == {Scope.READ}
