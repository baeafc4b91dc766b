"""The SQL adapter on MySQL, or MariaDB in its place: the tests of SQLite once more, and a server that goes away."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.contracts.examples import ADA, a_conversion, a_user, numbered_events
from tests.integration import (
    test_sql_api_keys,
    test_sql_conversions,
    test_sql_delivery_log,
    test_sql_durability,
    test_sql_external_identities,
    test_sql_mailed_tokens,
    test_sql_migrations,
    test_sql_outbox,
    test_sql_second_factors,
    test_sql_sessions,
    test_sql_users,
)
from tests.integration.conftest import EngineMaker
from tests.integration.test_sql_outages import READS, WRITES, Adapters
from tests.servers.server import Server
from tests.servers.servers import Servers
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.engine import create_engine
from tracklift_adapters.sql.migrate import migrate
from tracklift_adapters.sql.tables import metadata
from tracklift_domain.errors import ServiceUnavailableError

pytestmark = pytest.mark.network
FILLED = " UNION ALL ".join(
    f"SELECT '{table}' FROM DUAL WHERE EXISTS (SELECT 1 FROM {table})"  # noqa: S608  # of the code's own
    for table in metadata.tables
)
"""A query for the names of tables that hold anything."""


@pytest.fixture
def engine_url(mysql_url: str) -> str:
    return mysql_url


@pytest.fixture(scope="module")
def shared_url(servers: Servers) -> Iterator[str]:
    """Name a database for all tests that leave its tables as they are; making those takes longer than most tests."""
    server, name = servers.mysql, f"t{uuid4().hex}"
    server.start()
    server.endpoint.create(name)

    async def make_tables() -> None:
        engine = create_engine(server.endpoint.url(name))
        await migrate(engine)
        await engine.dispose()

    asyncio.run(make_tables())
    yield server.endpoint.url(name)
    server.start()
    server.endpoint.drop(name)


class OnSharedTables:
    @pytest.fixture
    def engine_url(self, shared_url: str) -> str:
        return shared_url

    @pytest.fixture
    async def engine(self, make_engine: EngineMaker) -> AsyncEngine:
        """Give an engine whose database has its tables, with nothing in them."""
        engine = make_engine()
        async with engine.begin() as connection:
            # Where something is, at first, as a statement of each of the tables takes longer than many a test.
            filled = set((await connection.exec_driver_sql(FILLED)).scalars())
            for table in reversed(metadata.sorted_tables):
                if table.name in filled:
                    await connection.exec_driver_sql(f"DELETE FROM {table.name}")  # noqa: S608  # no secret
        return engine


class TestMySqlConversionRepository(OnSharedTables, test_sql_conversions.TestSqlConversionRepository):
    pass


class TestMySqlApiKeyRepository(OnSharedTables, test_sql_api_keys.TestSqlApiKeyRepository):
    pass


class TestMySqlDeliveryLog(OnSharedTables, test_sql_delivery_log.TestSqlDeliveryLog):
    pass


class TestMySqlExternalIdentityRepository(
    OnSharedTables, test_sql_external_identities.TestSqlExternalIdentityRepository
):
    pass


class TestMySqlMailedTokenRepository(OnSharedTables, test_sql_mailed_tokens.TestSqlMailedTokenRepository):
    pass


class TestMySqlOutbox(OnSharedTables, test_sql_outbox.TestSqlOutbox):
    pass


class TestMySqlSecondFactorRepository(OnSharedTables, test_sql_second_factors.TestSqlSecondFactorRepository):
    pass


class TestMySqlSessionRepository(OnSharedTables, test_sql_sessions.TestSqlSessionRepository):
    pass


class TestMySqlUserRepository(OnSharedTables, test_sql_users.TestSqlUserRepository):
    pass


class TestMySqlDurability(test_sql_durability.TestSqlDurability):
    pass


class TestMySqlMigrations(test_sql_migrations.TestSqlMigrations):
    pass


async def test_every_call_says_that_the_server_is_away(
    mysql_server: Server[Any], make_engine: EngineMaker
) -> None:
    adapters = Adapters.on(SqlDatabase(make_engine()))
    mysql_server.kill()

    for call in (*READS.values(), *WRITES.values()):
        with pytest.raises(ServiceUnavailableError, match="Can't connect"):
            await call(adapters)


async def test_work_goes_on_after_the_server_was_killed_and_started_again(
    mysql_server: Server[Any], make_engine: EngineMaker
) -> None:
    """The connections from before are replaced unnoticed, and what was acknowledged is there."""
    engine = make_engine()
    await migrate(engine)
    adapters = Adapters.on(SqlDatabase(engine))
    await adapters.conversions.add(a_conversion(), numbered_events(1))
    mysql_server.kill()
    mysql_server.start()

    assert list(await adapters.conversions.list_owned(ADA, limit=10)) == [a_conversion()]
    assert list(await adapters.outbox.pending(limit=10)) == numbered_events(1)


async def test_a_server_that_does_not_answer_is_waited_for_so_long_only(
    mysql_server: Server[Any], make_engine: EngineMaker
) -> None:
    """A network that swallows packets looks like this, and says nothing for minutes."""
    engine = make_engine()
    await migrate(engine)
    adapters = Adapters.on(SqlDatabase(engine, patience=timedelta(seconds=0.5)))
    await adapters.users.add(a_user())
    mysql_server.pause()

    with pytest.raises(ServiceUnavailableError, match="does not answer in time"):
        await adapters.users.get(ADA)
    with pytest.raises(ServiceUnavailableError, match="does not answer in time"):
        await adapters.users.remove(ADA)

    mysql_server.resume()
    assert await Adapters.on(SqlDatabase(engine)).users.get(ADA) == a_user()
