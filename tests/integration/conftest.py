"""Databases for the tests of the SQL adapter. Each test has one of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.engine import create_engine
from tracklift_adapters.sql.migrate import migrate

EngineMaker = Callable[..., AsyncEngine]
PATIENCE = 30
"""Seconds after which something that should end is taken for leaked."""


@pytest.fixture
def engine_url(tmp_path: Path) -> str:
    """Name an empty database. Override it, and every contract runs on another server."""
    return f"sqlite:///{tmp_path / 'tracklift.db'}"


@pytest.fixture
async def make_engine(engine_url: str) -> AsyncIterator[EngineMaker]:
    """Make engines for the test's database; when the test is over, none may have left a connection or thread behind."""
    engines: list[AsyncEngine] = []

    def make(url: str = engine_url, **options: object) -> AsyncEngine:
        engines.append(create_engine(url, **options))  # type: ignore[arg-type]  # checked when it is called
        return engines[-1]

    yield make
    pools = [engine.pool for engine in engines]
    in_use = [pool.checkedout() for pool in pools if isinstance(pool, AsyncAdaptedQueuePool)]
    for engine in engines:
        await engine.dispose()
    async with asyncio.timeout(PATIENCE):
        while any("connection_worker" in thread.name for thread in threading.enumerate()):
            await asyncio.sleep(0.001)
    assert in_use == [0] * len(engines)


@pytest.fixture
async def engine(make_engine: EngineMaker) -> AsyncEngine:
    """Give an engine whose database has its tables."""
    engine = make_engine()
    await migrate(engine)
    return engine


@pytest.fixture
def database(engine: AsyncEngine) -> SqlDatabase:
    """Give a database with its tables."""
    return SqlDatabase(engine)
