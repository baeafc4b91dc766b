"""What SQLite needs beyond what other databases do by themselves."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only

WRITING = {"sqlite_begin": "IMMEDIATE"}
"""Execution options of an engine whose transactions write.

SQLite then takes the write lock as the transaction begins, and waits for it. A transaction that has read before it
wants to write can't wait: it fails at once when another one has written meanwhile.
"""
_PRAGMAS = (
    "journal_mode = WAL",  # Readers and the writer don't wait for each other.
    "synchronous = FULL",  # A commit is on the disk when it returns; WAL alone would lose the last ones.
    "foreign_keys = ON",
)
_LONGEST_BLOCK = timedelta(seconds=1)
"""How long the driver's thread waits for a lock at a stretch. A cancellation has to wait for the end of it."""
_BETWEEN_TRIES = 0.01
"""Seconds until a lock is tried again for which the driver did not wait."""


def create_sqlite_engine(url: URL, *, connections: int, lock_timeout: timedelta) -> AsyncEngine:
    """Make an engine for a file; `lock_timeout` is how long a write waits for those of other processes."""
    engine = create_async_engine(
        url,
        connect_args={"timeout": min(lock_timeout, _LONGEST_BLOCK).total_seconds()},
        hide_parameters=True,
        max_overflow=0,
        pool_size=connections,
    )
    event.listen(engine.sync_engine, "do_connect", _open_once)
    event.listen(engine.sync_engine, "connect", _preparing(lock_timeout))
    event.listen(engine.sync_engine, "begin", _beginning(lock_timeout))
    return engine


def _open_once(
    _dialect: Dialect, _entry: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]
) -> None:
    # A file that can't be opened is found here and not in the driver's thread, which would tell so to an event loop
    # that may be closed by then.
    sqlite3.connect(arguments[0], uri=options.get("uri", False)).close()


def _preparing(lock_timeout: timedelta) -> Callable[[DBAPIConnection, ConnectionPoolEntry], None]:
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver's own way to begin transactions is off: it begins none for reads and changes of tables.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            # SQLite does not wait for the lock of a new file when two processes change its journal mode at once.
            _patiently(partial(cursor.execute, f"PRAGMA {pragma}"), lock_timeout)
        cursor.close()

    return prepare


def _beginning(lock_timeout: timedelta) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        _patiently(partial(connection.exec_driver_sql, f"BEGIN {mode}"), lock_timeout)

    return begin


def _patiently(execute: Callable[[], object], lock_timeout: timedelta) -> None:
    deadline = monotonic() + lock_timeout.total_seconds()
    while True:
        try:
            execute()
        except (OperationalError, sqlite3.OperationalError) as error:
            if not _is_locked(error) or monotonic() >= deadline:
                raise
            await_only(asyncio.sleep(_BETWEEN_TRIES))
        else:
            return


def _is_locked(error: OperationalError | sqlite3.OperationalError) -> bool:
    # The lowest byte is the kind of error (https://sqlite.org/rescode.html).
    code: int = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY
