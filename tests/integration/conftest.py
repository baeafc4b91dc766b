"""Databases for the tests of the adapters to SQL and to MongoDB, one for each test; extractors, for a file of tests."""

import asyncio
import gc
import shutil
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pymongo import MongoClient
from pymongo.database import Database
from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.extraction_engines import PRELOADED, kept_forks, prepared_extractors
from tests.integration.shared_mongodb import SharedMongoDb, shared_mongodb_in
from tests.servers.fixtures import corner
from tests.servers.mongodb import MongoDbEndpoint
from tests.servers.server import Server
from tests.servers.servers import Servers
from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_adapters.extraction_process.host.worker_pool import WorkerPool
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.engine import create_engine
from tracklift_adapters.sql.migrate import migrate

EngineMaker = Callable[..., AsyncEngine]
MongoMaker = Callable[..., MongoDatabase]
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


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file of SQLite with the tables, to be copied: making them takes longer than most tests."""
    file = tmp_path_factory.mktemp("tables") / "tracklift.db"

    async def make() -> None:
        engine = create_engine(f"sqlite:///{file}")
        await migrate(engine)
        await engine.dispose()

    asyncio.run(make())
    return file


@pytest.fixture(scope="session")
def statements_of_tables() -> list[str]:
    """Keep what makes the tables on MySQL, once the migrations have made them: those take four times as long."""
    return []


@pytest.fixture
async def engine(
    make_engine: EngineMaker, empty_tables: Path, statements_of_tables: list[str]
) -> AsyncEngine:
    """Give an engine whose database has its tables."""
    engine = make_engine()
    if engine.dialect.name == "sqlite":
        shutil.copyfile(empty_tables, str(engine.url.database))
    elif statements_of_tables:
        async with engine.begin() as connection:
            for statement in statements_of_tables:
                await connection.exec_driver_sql(statement)
    else:
        await migrate(engine)
        statements_of_tables += await _statements_of_tables(engine)
    return engine


async def _statements_of_tables(engine: AsyncEngine) -> list[str]:
    """Ask MySQL how to make its tables as they are, and what the migrations have noted in theirs."""
    async with engine.connect() as connection:
        tables = (await connection.exec_driver_sql("SHOW TABLES")).scalars().all()
        made = [
            (await connection.exec_driver_sql(f"SHOW CREATE TABLE {table}")).scalars(1).one()
            for table in tables
        ]
        version = (await connection.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar_one()
    return [
        "SET FOREIGN_KEY_CHECKS = 0",  # as a table may come before one that it names
        *made,
        "SET FOREIGN_KEY_CHECKS = 1",
        f"INSERT INTO alembic_version VALUES ('{version}')",  # noqa: S608  # no secret, nor from outside
    ]


@pytest.fixture
def database(engine: AsyncEngine) -> SqlDatabase:
    """Give a database with its tables."""
    return SqlDatabase(engine)


@pytest.fixture(scope="module")
def shared_mongodb(servers: Servers) -> Iterator[SharedMongoDb]:
    """Give a database for a file of tests, whose indexes stay: to make those takes longer than most tests."""
    with shared_mongodb_in(servers.mongodb) as shared:
        yield shared


@pytest.fixture
def mongodb_url(request: pytest.FixtureRequest, mongodb_server: Server[MongoDbEndpoint]) -> Iterator[str]:
    """Name a database of the test's own, or that of its file, without any document, where it is marked so."""
    if request.node.get_closest_marker("shared_database"):
        shared: SharedMongoDb = request.getfixturevalue("shared_mongodb")
        shared.empty(patience=PATIENCE)
        # Without a connection for pushed news of the server: to make and end one takes a fifth of most tests.
        yield f"{shared.url}&serverMonitoringMode=poll"
    else:
        with corner(mongodb_server) as url:
            yield url


@pytest.fixture
async def make_mongo(mongodb_url: str) -> AsyncIterator[MongoMaker]:
    """Make databases over connections of their own, as several processes have them, to the test's database."""
    databases: list[MongoDatabase] = []

    def make(url: str = mongodb_url, **options: Any) -> MongoDatabase:
        databases.append(MongoDatabase(url, **options))
        return databases[-1]

    yield make
    for database in databases:
        await database.close()
    # The driver leaves the socket of a broken-off connecting to the garbage collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect(0)


@pytest.fixture
def mongo(make_mongo: MongoMaker) -> MongoDatabase:
    """Give an empty MongoDB."""
    return make_mongo()


@pytest.fixture
def mongo_inside(request: pytest.FixtureRequest, mongodb_url: str) -> Iterator[Database[dict[str, Any]]]:
    """Give the test's MongoDB as it is behind the adapter's back."""
    if request.node.get_closest_marker("shared_database"):
        shared: SharedMongoDb = request.getfixturevalue("shared_mongodb")
        yield shared.inside
        return
    client: MongoClient[dict[str, Any]] = MongoClient(mongodb_url, serverSelectionTimeoutMS=30_000)
    with closing(client):
        yield client.get_default_database()


@pytest.fixture(scope="module")
def shared_scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Name the folder in which the extractors of a file of tests work."""
    return tmp_path_factory.mktemp("extractors") / "scratch"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def extractors(shared_scratch: Path) -> AsyncIterator[Mapping[str, ProcessAudioExtractor]]:
    """Give extractors to the tests of a file, which must run on the event loop of their module.

    To fork a worker takes a twentieth of the computing time of starting one, most of what a second of video takes.
    """
    async with prepared_extractors(shared_scratch) as extractors:
        yield extractors


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def forks() -> AsyncIterator[WorkerPool]:
    """Give workers with the engines of tests to the extractors of a file: to start one takes nine times as long."""
    async with kept_forks("tests.integration.scripted_engines") as forks:
        yield forks


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def moviepy_forks() -> AsyncIterator[WorkerPool]:
    """Give workers with MoviePy to the extractors of a file."""
    async with kept_forks(PRELOADED["moviepy"]) as forks:
        yield forks
