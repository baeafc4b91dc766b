from datetime import timedelta

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tracklift_adapters.sql.column_types import MYSQL_NAMES
from tracklift_adapters.sql.sqlite import create_sqlite_engine

_DRIVERS = {"sqlite": "aiosqlite", "mysql": "asyncmy", "mariadb": "asyncmy"}


def create_engine(
    url: str, *, connections: int = 8, lock_timeout: timedelta = timedelta(seconds=20)
) -> AsyncEngine:
    """Make an engine for `sqlite:///path`, `mysql://…` or `mariadb://…`. It connects when it is first used.

    At most `connections` are open at once. `lock_timeout` is how long a write waits for those of other processes to a
    SQLite file.

    Raises:
        ValueError: the URL is none, or names a database that is not supported.
    """
    database = _read(url)
    if database.get_backend_name() == "sqlite":
        return create_sqlite_engine(database, connections=connections, lock_timeout=lock_timeout)
    return create_async_engine(
        database,
        hide_parameters=True,
        # Each statement sees what is committed, and locks no more rows than it changes.
        isolation_level="READ COMMITTED",
        max_overflow=0,
        # A server closes connections that were idle for long (MySQL after 8 hours, proxies much earlier).
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_size=connections,
        pool_timeout=10,
    )


def _read(url: str) -> URL:
    try:
        database = make_url(url)
    except (ArgumentError, ValueError):
        # Without the cause, whose text may hold the password.
        raise ValueError("this is not a URL of a database") from None
    backend = database.get_backend_name()
    if backend not in _DRIVERS:
        raise ValueError(f"databases of {backend} are not supported; take one of {', '.join(_DRIVERS)}")
    if backend == "sqlite" and database.database in {None, "", ":memory:"}:
        # Its one connection would be shared by all transactions.
        raise ValueError("a SQLite database needs a file: sqlite:///path")
    if backend in MYSQL_NAMES and "charset" not in database.query:
        database = database.update_query_dict({"charset": "utf8mb4"})
    return database.set(drivername=f"{backend}+{_DRIVERS[backend]}")
