from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.contracts.examples import (
    ADA,
    NOW,
    a_conversion,
    a_mailed_token,
    a_session,
    a_user,
    an_api_key,
    an_external_identity,
)
from tracklift_adapters.sql.api_keys import SqlApiKeyRepository
from tracklift_adapters.sql.conversions import SqlConversionRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.delivery_log import SqlDeliveryLog
from tracklift_adapters.sql.external_identities import SqlExternalIdentityRepository
from tracklift_adapters.sql.mailed_tokens import SqlMailedTokenRepository
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.sessions import SqlSessionRepository
from tracklift_adapters.sql.users import SqlUserRepository
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.ports import ListPosition
from tracklift_domain.identifiers import EventId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.session.errors import SessionNotFoundError
from tracklift_domain.user.sign_in_provider.errors import ExternalIdentityTakenError

Statements = list[tuple[str, Any]]


@pytest.fixture
def statements(engine: AsyncEngine) -> Iterator[Statements]:
    """Collect what is asked of the database."""
    seen: Statements = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            seen.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def plans(engine: AsyncEngine, statements: Statements) -> list[str]:
    """Ask SQLite how it goes about them."""
    steps = []
    async with engine.connect() as connection:
        for statement, parameters in list(statements):
            rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps += [row.detail for row in rows]
    return steps


async def test_no_call_reads_a_whole_table(
    engine: AsyncEngine, database: SqlDatabase, statements: Statements
) -> None:
    """Each finds its rows by an index, so that it stays fast with a million others around."""
    outbox = SqlOutbox(database)
    conversions = SqlConversionRepository(database, outbox)
    position = ListPosition(NOW, a_conversion().id)
    await conversions.add(a_conversion())
    await conversions.get(a_conversion().id)
    await conversions.find_by_idempotency_key(ADA, "key")
    await conversions.list_owned(ADA, limit=5)
    await conversions.find_source_holder(a_conversion().id)
    await conversions.find_source_holder(a_conversion().id, state=ConversionState.CONVERTING)
    await conversions.list_source_due(NOW, limit=5)
    await conversions.list_owned(ADA, limit=5, after=position)
    await conversions.list_owned(ADA, limit=5, after=position, state=ConversionState.FAILED)
    await conversions.count_active(ADA)
    await conversions.count_active(ADA, before=position)
    await conversions.total_stored(ADA)
    await conversions.total_stored(ADA, before=position)
    await conversions.list_due(NOW, limit=5)
    await conversions.list_stalled(NOW, limit=5)
    await conversions.list_unconfirmed(NOW, limit=5)
    await conversions.note_announcement(a_conversion(), None)
    await conversions.remove(a_conversion())
    await outbox.pending(limit=5)
    await outbox.mark_published([EventId("a"), EventId("b")])
    log = SqlDeliveryLog(database)
    await log.claim("key", now=NOW, until=NOW)
    await log.record_sent("key", NOW)
    await log.release("key")
    await log.forget_before(NOW)
    sessions = SqlSessionRepository(database, SqlOutbox(database))
    with pytest.raises(SessionNotFoundError):
        await sessions.replace(a_session())
    with pytest.raises(SessionNotFoundError):
        await sessions.get(a_session().id)
    await sessions.remove(a_session().id)
    await sessions.remove_expired(NOW)
    users = SqlUserRepository(database, outbox)
    with pytest.raises(UserNotFoundError):
        await users.get_by_email(EmailAddress("ada@example.org"))
    with pytest.raises(UserNotFoundError):
        await users.remove(ADA)
    await users.add(a_user())
    tokens = SqlMailedTokenRepository(database, outbox)
    await tokens.add(a_mailed_token(), at_most=1)
    await tokens.get(a_mailed_token().token_hash)
    await tokens.redeem(a_mailed_token(used_at=NOW), a_user(revision=2), end_access=True)
    await tokens.forget_before(NOW)

    steps = await plans(engine, statements)

    assert len(steps) >= 34
    assert [step for step in steps if step.startswith("SCAN")] == []


async def test_counting_by_state_reads_as_much_of_an_index_as_it_counts(
    engine: AsyncEngine, database: SqlDatabase, statements: Statements
) -> None:
    conversions = SqlConversionRepository(database, SqlOutbox(database))
    await conversions.count_in_state(ConversionState.FAILED, most=5)

    steps = await plans(engine, statements)

    assert any("COVERING INDEX" in step for step in steps)
    assert [step for step in steps if "TEMP B-TREE" in step] == []


async def test_no_call_about_api_keys_reads_a_whole_table(
    engine: AsyncEngine, database: SqlDatabase, statements: Statements
) -> None:
    outbox = SqlOutbox(database)
    await SqlUserRepository(database, outbox).add(a_user())
    keys = SqlApiKeyRepository(database, outbox)
    await keys.add(an_api_key(), at_most=1)
    await keys.get_by_hash(an_api_key().key_hash)
    await keys.list_of(ADA)
    await keys.note_use(an_api_key().id, NOW)
    await keys.forget_before(NOW)
    await keys.remove(an_api_key())

    steps = await plans(engine, statements)

    assert len(steps) >= 7
    assert [step for step in steps if step.startswith("SCAN")] == []


async def test_no_call_about_external_identities_reads_a_whole_table(
    engine: AsyncEngine, database: SqlDatabase, statements: Statements
) -> None:
    outbox = SqlOutbox(database)
    identities, identity = SqlExternalIdentityRepository(database, outbox), an_external_identity()
    await identities.add_with_user(identity, a_user())
    await identities.get(identity.issuer, identity.subject)
    with pytest.raises(ExternalIdentityTakenError):
        await identities.add(identity)

    steps = await plans(engine, statements)

    assert len(steps) >= 2
    assert [step for step in steps if step.startswith("SCAN")] == []


async def test_pages_come_out_of_an_index_in_their_order(
    engine: AsyncEngine, database: SqlDatabase, statements: Statements
) -> None:
    """So that a page costs what it holds, and not what the owner has."""
    conversions = SqlConversionRepository(database, SqlOutbox(database))
    await conversions.list_owned(ADA, limit=5)
    await conversions.list_owned(ADA, limit=5, after=ListPosition(NOW, a_conversion().id))
    await conversions.list_due(NOW, limit=5)
    await conversions.list_unconfirmed(NOW, limit=5)

    steps = await plans(engine, statements)

    assert len(steps) == 4
    assert all("USING INDEX" in step for step in steps)
