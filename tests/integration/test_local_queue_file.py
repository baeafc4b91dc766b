"""How the local queue's file is opened, refused, upgraded and closed."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contracts.event_broker import CONVERTER, NOW, REDELIVERY, Handler, consuming, requested
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.local_queue import schema
from tracklift_adapters.local_queue.errors import UnusableQueueFileError
from tracklift_adapters.local_queue.local_queue import LocalQueue
from tracklift_domain.errors import ServiceUnavailableError

PAGE = 4096
"""Bytes of a page of the file, SQLite's default."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


def queue_in(file: Path) -> LocalQueue:
    """Make a queue that is not open yet."""
    return LocalQueue(file, ManualClock(NOW), REDELIVERY, poll_every=timedelta(milliseconds=2))


def content_of(file: Path) -> bytes:
    """Give the bytes of a file that nobody has open."""
    return file.read_bytes()


def overwrite(file: Path, content: bytes) -> None:
    """Replace the bytes of a file that nobody has open."""
    file.write_bytes(content)


async def fill(file: Path, *, events: int = 1) -> None:
    """Let a file hold events of one queue, and nobody use it."""
    queue = queue_in(file)
    await queue.open()
    await queue.declare([CONVERTER])
    for number in range(events):
        await queue.publish(requested(f"conversion-{number}"))
    await queue.close()


async def assert_refused(file: Path, reason: str) -> None:
    """Check that opening names file and reason, changes nothing, and leaves nothing open."""
    before = content_of(file)
    queue = queue_in(file)

    with pytest.raises(UnusableQueueFileError) as caught:
        await queue.open()

    assert caught.value.path == file
    assert reason in caught.value.reason
    assert str(file) in str(caught.value)
    assert content_of(file) == before
    with pytest.raises(ServiceUnavailableError):
        await queue.publish(requested("a"))
    await queue.close()


async def test_a_new_file_can_be_read_by_its_owner_only(file: Path) -> None:
    queue = queue_in(file)
    await queue.open()
    await queue.declare([CONVERTER])

    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}

    assert made == dict.fromkeys(["queue.sqlite3", "queue.sqlite3-wal", "queue.sqlite3-shm"], 0o600)
    await queue.close()


async def test_what_a_call_has_written_is_on_the_disk_when_it_returns(file: Path) -> None:
    queue = queue_in(file)
    await queue.open()

    (journal,) = await queue._file.run(lambda c: c.execute("PRAGMA journal_mode").fetchone())
    (synchronous,) = await queue._file.run(lambda c: c.execute("PRAGMA synchronous").fetchone())

    assert (journal, synchronous) == ("wal", 2)
    await queue.close()


async def test_closing_twice_and_opening_twice_are_no_errors(file: Path) -> None:
    queue = queue_in(file)
    await queue.close()

    await queue.open()
    await queue.open()
    await queue.declare([CONVERTER])
    await queue.close()
    await queue.close()

    await queue.open()
    await queue.publish(requested("a"))
    await queue.close()


async def test_before_opening_and_after_closing_every_call_says_that_the_queue_is_not_open(
    file: Path,
) -> None:
    queue = queue_in(file)
    for _ in ("before", "after"):
        for call in (
            queue.publish(requested("a")),
            queue.declare([CONVERTER]),
            queue.list("converter", limit=1),
            queue.redrive("converter", "1"),
            queue.release_leases(),
        ):
            with pytest.raises(ServiceUnavailableError, match="local queue is not available: it is not open"):
                await call
        await queue.open()
        await queue.close()


async def test_closing_finishes_what_was_begun(file: Path) -> None:
    await fill(file, events=0)
    queue = queue_in(file)
    await queue.open()

    publishing = asyncio.create_task(queue.publish(requested("a")))
    await asyncio.sleep(0)
    await queue.close()
    await publishing

    handler = Handler()
    await queue.open()
    async with consuming(queue, CONVERTER, handler):
        await handler.until(1)
    await queue.close()


async def test_processes_that_make_the_file_at_the_same_time_do_not_disturb_each_other(file: Path) -> None:
    queues = [queue_in(file) for _ in range(8)]

    await asyncio.gather(*(queue.open() for queue in queues))
    await asyncio.gather(*(queue.declare([CONVERTER]) for queue in queues))
    await asyncio.gather(*(queue.publish(requested("a")) for queue in queues))

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (8,)
    for queue in queues:
        await queue.close()


async def test_a_file_of_an_older_version_is_upgraded_and_keeps_its_events(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(file)
    newer = (*schema.MIGRATIONS, ("ALTER TABLE messages ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",))
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    handler = Handler()

    queue = queue_in(file)
    await queue.open()
    async with consuming(queue, CONVERTER, handler):
        await handler.until(1)
    await queue.close()

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(newer),)
        assert connection.execute("SELECT count(priority) FROM messages").fetchone() == (0,)


async def test_an_upgrade_that_fails_leaves_the_file_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(file)
    with monkeypatch.context() as patched:
        broken = ("ALTER TABLE messages ADD COLUMN priority INTEGER", "ALTER TABLE nowhere ADD COLUMN x")
        patched.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        with pytest.raises(ServiceUnavailableError, match="nowhere"):
            await queue_in(file).open()

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert "priority" not in str(connection.execute("SELECT sql FROM sqlite_master").fetchall())


async def test_a_file_of_a_newer_release_is_refused(file: Path) -> None:
    await fill(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 7")

    await assert_refused(file, "a newer release wrote it (schema version 7, this release knows 1)")


async def test_a_database_of_something_else_is_refused(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE users (id TEXT)")

    await assert_refused(file, "it is an SQLite file of something else")


async def test_a_file_that_is_no_database_is_refused(file: Path) -> None:
    overwrite(file, b"queue: converter\n" * 100)

    await assert_refused(file, "file is not a database")


async def test_a_file_that_was_cut_off_is_refused(file: Path) -> None:
    await fill(file, events=100)
    overwrite(file, content_of(file)[: 3 * PAGE])

    await assert_refused(file, "malformed")


async def test_a_file_with_a_damaged_page_is_refused(file: Path) -> None:
    await fill(file, events=100)
    content = content_of(file)
    start = content.index(b"conversion-50") // PAGE * PAGE
    overwrite(file, content[:start] + b"\xa5" * 100 + content[start + 100 :])

    await assert_refused(file, "it is damaged")


@pytest.mark.parametrize("path", ["missing/queue.sqlite3", "."])
async def test_a_place_where_no_file_can_be_is_named(tmp_path: Path, path: str) -> None:
    queue = queue_in(tmp_path / path)

    with pytest.raises(ServiceUnavailableError) as caught:
        await queue.open()

    assert str(tmp_path / path) in caught.value.reason
