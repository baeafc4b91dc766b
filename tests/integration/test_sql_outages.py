import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.contracts.examples import (
    ADA,
    NOW,
    a_conversion,
    a_mailed_token,
    a_session,
    a_user,
    numbered_events,
)
from tests.integration.conftest import EngineMaker
from tracklift_adapters.sql import sqlite as sqlite_settings
from tracklift_adapters.sql.conversions import SqlConversionRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.delivery_log import SqlDeliveryLog
from tracklift_adapters.sql.mailed_tokens import SqlMailedTokenRepository
from tracklift_adapters.sql.migrate import migrate
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.sessions import SqlSessionRepository
from tracklift_adapters.sql.users import SqlUserRepository
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.email_address import EmailAddress

ALL = 1000


@dataclass
class Adapters:
    database: SqlDatabase
    outbox: SqlOutbox
    conversions: SqlConversionRepository
    users: SqlUserRepository
    sessions: SqlSessionRepository
    tokens: SqlMailedTokenRepository
    log: SqlDeliveryLog

    @classmethod
    def on(cls, database: SqlDatabase) -> "Adapters":
        outbox = SqlOutbox(database)
        return cls(
            database,
            outbox,
            SqlConversionRepository(database, outbox),
            SqlUserRepository(database, outbox),
            SqlSessionRepository(database, SqlOutbox(database)),
            SqlMailedTokenRepository(database, outbox),
            SqlDeliveryLog(database),
        )


Call = Callable[[Adapters], Awaitable[object]]
WRITES: dict[str, Call] = {
    "conversions.add": lambda a: a.conversions.add(a_conversion(), numbered_events(1)),
    "conversions.replace": lambda a: a.conversions.replace(a_conversion()),
    "conversions.remove": lambda a: a.conversions.remove(a_conversion()),
    "users.add": lambda a: a.users.add(a_user()),
    "users.replace": lambda a: a.users.replace(a_user()),
    "users.remove": lambda a: a.users.remove(ADA),
    "sessions.add": lambda a: a.sessions.add(a_session()),
    "sessions.replace": lambda a: a.sessions.replace(a_session()),
    "sessions.remove": lambda a: a.sessions.remove(a_session().id),
    "sessions.remove_expired": lambda a: a.sessions.remove_expired(NOW),
    "tokens.add": lambda a: a.tokens.add(a_mailed_token(), at_most=1),
    "tokens.redeem": lambda a: a.tokens.redeem(a_mailed_token(used_at=NOW), a_user(revision=2)),
    "tokens.forget_before": lambda a: a.tokens.forget_before(NOW),
    "log.claim": lambda a: a.log.claim("key", now=NOW, until=NOW),
    "log.record_sent": lambda a: a.log.record_sent("key", NOW),
    "log.release": lambda a: a.log.release("key"),
    "log.forget_before": lambda a: a.log.forget_before(NOW),
    "outbox.mark_published": lambda a: a.outbox.mark_published([numbered_events(1)[0].id]),
}
READS: dict[str, Call] = {
    "conversions.get": lambda a: a.conversions.get(a_conversion().id),
    "conversions.find_by_idempotency_key": lambda a: a.conversions.find_by_idempotency_key(ADA, "key"),
    "conversions.list_owned": lambda a: a.conversions.list_owned(ADA, limit=1),
    "conversions.count_active": lambda a: a.conversions.count_active(ADA),
    "conversions.total_stored": lambda a: a.conversions.total_stored(ADA),
    "conversions.list_due": lambda a: a.conversions.list_due(NOW, limit=1),
    "conversions.list_stalled": lambda a: a.conversions.list_stalled(NOW, limit=1),
    "users.get": lambda a: a.users.get(ADA),
    "users.get_by_email": lambda a: a.users.get_by_email(EmailAddress("ada@example.org")),
    "sessions.get": lambda a: a.sessions.get(a_session().id),
    "tokens.get": lambda a: a.tokens.get(a_mailed_token().token_hash),
    "outbox.pending": lambda a: a.outbox.pending(limit=1),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tracklift.db"


@pytest.fixture
def hurried(engine: AsyncEngine, make_engine: EngineMaker) -> SqlDatabase:
    """Give a database with its tables that waits for the lock of another process as good as not at all."""
    return SqlDatabase(make_engine(lock_timeout=timedelta(milliseconds=1)))


@pytest.mark.parametrize("call", [*WRITES.values(), *READS.values()], ids=[*WRITES, *READS])
async def test_every_call_says_that_the_database_is_not_there(
    tmp_path: Path, make_engine: EngineMaker, call: Call
) -> None:
    """Its folder does not exist."""
    engine = make_engine(f"sqlite:///{tmp_path / 'missing' / 'tracklift.db'}")

    with pytest.raises(ServiceUnavailableError, match="unable to open database file"):
        await call(Adapters.on(SqlDatabase(engine)))


# All of them begin in the same way.
@pytest.mark.one_in(4)
@pytest.mark.parametrize("call", WRITES.values(), ids=WRITES)
async def test_every_write_says_that_another_process_holds_the_lock(
    path: Path, hurried: SqlDatabase, call: Call
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(ServiceUnavailableError, match="locked"):
            await call(Adapters.on(hurried))


async def test_reads_go_on_while_another_process_writes(path: Path, hurried: SqlDatabase) -> None:
    adapters = Adapters.on(hurried)
    await adapters.conversions.add(a_conversion())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM conversions")

        assert await adapters.conversions.get(a_conversion().id) == a_conversion()


async def test_a_write_waits_for_another_process_and_then_goes_on(path: Path, database: SqlDatabase) -> None:
    adapters = Adapters.on(database)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.ensure_future(adapters.conversions.add(a_conversion()))
        await asyncio.wait({writing}, timeout=0.05)
        assert not writing.done()

        other.execute("COMMIT")

        await writing
    assert await adapters.conversions.get(a_conversion().id) == a_conversion()


async def test_a_write_waits_for_longer_than_the_driver_does(
    path: Path, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver's thread is blocked for short stretches only, so that a cancellation does not wait for it."""
    monkeypatch.setattr(sqlite_settings, "_LONGEST_BLOCK", timedelta(milliseconds=1))
    tries = 0

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal tries
        if statement == "BEGIN IMMEDIATE":
            tries += 1
            if tries == 10:
                other.execute("COMMIT")

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        await Adapters.on(SqlDatabase(engine)).conversions.add(a_conversion())

    assert tries == 10


async def test_the_writers_of_a_process_take_turns_in_the_order_they_came(database: SqlDatabase) -> None:
    """SQLite itself lets any of those that wait go next."""
    adapters = Adapters.on(database)
    served: list[int] = []

    async def write(number: int) -> None:
        await adapters.conversions.add(a_conversion(number))
        served.append(number)

    await asyncio.gather(*map(write, range(50)))

    assert served == list(range(50))


async def test_patience_ends(path: Path, engine: AsyncEngine) -> None:
    """A database that does not answer is as good as none, and nothing of the abandoned write comes later."""
    impatient = Adapters.on(SqlDatabase(engine, patience=timedelta(milliseconds=50)))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(ServiceUnavailableError, match="does not answer in time"):
            await impatient.conversions.add(a_conversion())

        other.execute("COMMIT")
    patient = Adapters.on(SqlDatabase(engine))
    await patient.conversions.add(a_conversion(2))
    assert list(await patient.conversions.list_owned(ADA, limit=ALL)) == [a_conversion(2)]


async def test_a_cancelled_write_leaves_nothing_and_lets_others_write(
    path: Path, database: SqlDatabase
) -> None:
    adapters = Adapters.on(database)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writes = [
            asyncio.ensure_future(adapters.conversions.add(a_conversion(number), numbered_events(1)))
            for number in range(3)
        ]
        await asyncio.wait(writes, timeout=0.05)
        for write in writes:
            write.cancel()
        await asyncio.wait(writes)
        assert all(write.cancelled() for write in writes)
        other.execute("COMMIT")

    await adapters.conversions.add(a_conversion(9))
    assert list(await adapters.conversions.list_owned(ADA, limit=ALL)) == [a_conversion(9)]
    assert list(await adapters.outbox.pending(limit=ALL)) == []


async def test_writes_cancelled_at_any_time_are_done_whole_or_not_at_all(database: SqlDatabase) -> None:
    """Each write is cut off some steps of the event loop later than the one before, until one is done by then."""
    adapters = Adapters.on(database)
    for number in count(1):
        write = adapters.conversions.add(a_conversion(number), numbered_events(1, first=number))
        writing = asyncio.ensure_future(write)
        for _ in range(number):
            await asyncio.sleep(0.0001)
        if not writing.cancel():
            break
        with suppress(asyncio.CancelledError):
            await writing

    stored = {conversion.id for conversion in await adapters.conversions.list_owned(ADA, limit=ALL)}
    events = await adapters.outbox.pending(limit=ALL)
    assert a_conversion(number).id in stored
    assert {event.subject for event in events} == stored
    assert len(events) == len(stored)


async def test_a_full_disk_is_told_and_nothing_is_stored_in_part(
    database: SqlDatabase, engine: AsyncEngine
) -> None:
    """Each write either is refused or is stored with its event."""
    adapters = Adapters.on(database)
    # Sized as the file is now, so that only what is free inside it can be filled.
    event.listen(engine.sync_engine, "begin", forbid_growth)
    refused: dict[int, str] = {}
    for number in range(1, 80):
        try:
            await adapters.conversions.add(a_conversion(number), numbered_events(1, first=number))
        except ServiceUnavailableError as error:
            refused[number] = error.reason
    event.remove(engine.sync_engine, "begin", forbid_growth)
    await engine.dispose()

    stored = {conversion.id for conversion in await adapters.conversions.list_owned(ADA, limit=ALL)}
    events = {pending.subject for pending in await adapters.outbox.pending(limit=ALL)}
    assert set(refused.values()) == {"database or disk is full."}
    assert stored
    assert stored.isdisjoint(a_conversion(number).id for number in refused)
    assert events == stored
    # With room again, the same writes go through.
    await adapters.conversions.add(a_conversion(min(refused)))


def forbid_growth(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1")


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    path = tmp_path / "damaged.db"
    path.write_bytes(b"no database " * 1000)
    return path


async def test_a_damaged_file_is_told(make_engine: EngineMaker, damaged: Path) -> None:
    with pytest.raises(ServiceUnavailableError, match="not a database"):
        await migrate(make_engine(f"sqlite:///{damaged}"))


async def test_the_reason_tells_neither_statement_nor_data(tmp_path: Path, database: SqlDatabase) -> None:
    async with database.write() as connection:
        await connection.execute(text("DROP TABLE sessions"))

    with pytest.raises(ServiceUnavailableError) as caught:
        await Adapters.on(database).sessions.add(a_session())

    assert str(caught.value) == "The database is not available: no such table: sessions."
    assert a_session().token_hash not in repr(caught.value.__cause__)
