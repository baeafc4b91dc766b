"""The SQL adapter on MySQL, or MariaDB in its place: the tests of SQLite once more, and a server that goes away.

The adapter is the same, so each run takes of them what the server decides: which types, lengths and letters it keeps,
how it orders, adds up and counts, what it refuses, what it removes along, and who wins of many.
"""

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
from tests.selection import thorough_but
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


@pytest.mark.measured_elsewhere
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


@thorough_but(
    "test_a_conversion_is_read_as_it_was_stored",
    "test_very_many_long_chapters_are_kept",
    "test_as_many_peaks_as_there_may_be_are_kept",
    "test_ids_differ_by_the_case_of_their_letters",
    "test_an_id_can_be_stored_once_only",
    "test_an_owner_uses_an_idempotency_key_once",
    "test_idempotency_keys_of_other_owners_and_absent_ones_do_not_collide",
    "test_a_late_writer_changes_nothing_and_learns_it",
    "test_repeating_a_replacement_is_late",
    "test_of_the_writers_of_several_processes_one_wins",
    "test_of_many_equal_uploads_one_is_stored",
    "test_removing_and_replacing_at_once_do_not_both_succeed",
    "test_many_conversions_change_side_by_side",
    "test_pages_join_without_gap_or_overlap",
    "test_conversions_of_all_users_are_counted_by_state",
    "test_bytes_that_an_owner_stores_are_added_up",
    "test_due_conversions_come_longest_due_first",
    "test_each_of_those_that_share_a_video_is_found",
    "test_a_write_whose_event_can_not_be_stored_is_not_done",
)
class TestMySqlConversionRepository(OnSharedTables, test_sql_conversions.TestSqlConversionRepository):
    pass


@thorough_but(
    "test_a_key_is_read_as_stored",
    "test_there_is_no_key_without_a_user",
    "test_what_is_drawn_twice_is_a_mistake_of_the_caller",
    "test_the_bound_holds_however_many_ask_at_once",
    "test_the_last_use_is_kept",
    "test_a_removed_user_takes_all_keys_along",
    "test_no_key_survives_a_user_who_is_removed_at_the_same_time",
)
class TestMySqlApiKeyRepository(OnSharedTables, test_sql_api_keys.TestSqlApiKeyRepository):
    pass


@thorough_but(
    "test_what_was_sent_is_never_sent_again",
    "test_a_claim_ends_at_the_time_it_names",
    "test_keys_are_told_apart_to_the_letter",
    "test_of_many_senders_one_may_send",
    "test_of_many_senders_one_takes_over_a_claim_that_ran_out",
    "test_old_entries_are_forgotten_and_counted",
)
class TestMySqlDeliveryLog(OnSharedTables, test_sql_delivery_log.TestSqlDeliveryLog):
    pass


@thorough_but(
    "test_an_identity_is_found_by_exactly_its_issuer_and_subject",
    "test_an_identity_has_one_user",
    "test_there_is_no_identity_without_a_user",
    "test_of_many_who_sign_up_at_once_with_an_identity_one_does",
    "test_a_removed_user_takes_all_identities_along",
)
class TestMySqlExternalIdentityRepository(
    OnSharedTables, test_sql_external_identities.TestSqlExternalIdentityRepository
):
    pass


@thorough_but(
    "test_a_token_is_read_as_stored",
    "test_there_is_no_token_without_a_user",
    "test_a_token_that_is_drawn_twice_is_a_mistake_of_the_caller",
    "test_the_bound_holds_however_many_ask_at_once",
    "test_a_used_token_changes_its_user_and_uses_up_those_like_it",
    "test_of_many_who_use_a_token_at_once_one_succeeds",
    "test_a_removed_user_takes_all_tokens_along",
)
class TestMySqlMailedTokenRepository(OnSharedTables, test_sql_mailed_tokens.TestSqlMailedTokenRepository):
    pass


@thorough_but(
    "test_events_are_read_as_stored_and_oldest_first",
    "test_no_more_than_the_limit_is_given",
    "test_published_events_are_out_and_the_others_stay_in_order",
    "test_many_events_can_be_marked_at_once",
    "test_readers_and_writers_at_once_lose_nothing",
)
class TestMySqlOutbox(OnSharedTables, test_sql_outbox.TestSqlOutbox):
    pass


@thorough_but(
    "test_one_is_read_as_stored",
    "test_of_many_that_begin_at_once_one_stays",
    "test_there_is_none_without_a_user",
    "test_of_several_changes_to_one_revision_one_is_stored",
    "test_a_removed_user_takes_it_along",
)
class TestMySqlSecondFactorRepository(OnSharedTables, test_sql_second_factors.TestSqlSecondFactorRepository):
    pass


@thorough_but(
    "test_a_session_is_read_as_stored",
    "test_there_is_no_session_without_a_user",
    "test_an_id_that_is_used_twice_is_a_mistake_of_the_caller",
    "test_a_refresh_token_is_replaced_once",
    "test_expired_sessions_are_removed_and_counted",
    "test_no_session_survives_a_user_who_is_removed_at_the_same_time",
)
class TestMySqlSessionRepository(OnSharedTables, test_sql_sessions.TestSqlSessionRepository):
    pass


@thorough_but(
    "test_a_user_is_read_as_stored",
    "test_the_longest_address_is_stored_whole",
    "test_an_address_belongs_to_one_user",
    "test_an_id_that_is_used_twice_is_a_mistake_of_the_caller",
    "test_addresses_that_only_look_alike_are_different_users",
    "test_a_user_can_not_change_to_anothers_address",
    "test_of_many_changes_to_one_revision_one_succeeds",
    "test_users_are_listed_in_the_order_of_their_addresses",
    "test_users_are_found_by_a_part_of_their_address",
    "test_of_many_sign_ups_with_one_address_one_succeeds",
    "test_of_many_removals_one_succeeds",
)
class TestMySqlUserRepository(OnSharedTables, test_sql_users.TestSqlUserRepository):
    pass


# The adapter's transactions are those of SQLite, and that a commit outlives MySQL is shown of the server.
@pytest.mark.thorough
class TestMySqlDurability(test_sql_durability.TestSqlDurability):
    pass


@thorough_but(
    "test_the_migrations_give_exactly_the_tables_that_the_code_knows",
    "test_the_migrations_go_down_and_up_again",
    "test_conversions_go_back_to_the_tables_before_these_and_come_back",
    "test_the_release_before_goes_on_with_conversions_on_the_newest_tables",
    "test_the_release_before_deletes_users_who_have_api_keys",
    "test_processes_that_start_together_migrate_once",
)
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
