import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.conftest import EngineMaker
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.engine import create_engine


def test_making_an_engine_touches_no_file(tmp_path: Path) -> None:
    create_engine(f"sqlite:///{tmp_path / 'tracklift.db'}")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "not a URL"),
        ("tracklift.db", "not a URL"),
        ("postgresql://user:secret@host/tracklift", "databases of postgresql are not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("mysql://user:secret@host:port/tracklift", "not a URL"),
    ],
)
def test_an_unfit_url_is_refused_without_telling_its_password(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        create_engine(url)

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"])
def test_the_driver_follows_from_the_database(tmp_path: Path, driver: str) -> None:
    """Whatever driver the URL names, since no other than the asynchronous one would do."""
    assert create_engine(f"{driver}:///{tmp_path}/tracklift.db").url.drivername == "sqlite+aiosqlite"


async def test_sqlite_is_set_up_to_keep_what_it_acknowledged(
    make_engine: EngineMaker,
) -> None:
    """On each connection: write-ahead log, every commit on the disk, foreign keys checked, locks waited for."""
    engine = make_engine(connections=2)
    async with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            for pragma, value in {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "busy_timeout": 1000,
            }.items():
                assert (await connection.execute(text(f"PRAGMA {pragma}"))).scalar_one() == value


async def test_processes_that_open_a_new_file_at_once_wait_for_each_other(
    tmp_path: Path, make_engine: EngineMaker
) -> None:
    """SQLite itself does not wait when the journal mode of a file is changed to which somebody writes."""
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    engine = make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    connecting = asyncio.create_task(engine.connect().start())

    too_early, _ = await asyncio.wait({connecting}, timeout=0.2)
    other.close()
    connection = await connecting

    assert not too_early
    assert (await connection.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
    await connection.close()


async def test_a_closed_database_can_be_closed_again(engine: AsyncEngine) -> None:
    database = SqlDatabase(engine)

    await database.close()
    await database.close()
