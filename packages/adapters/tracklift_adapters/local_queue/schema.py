"""The tables of the queue's file, and how a file of an older version gets them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

APPLICATION_ID = 0x54724C51
"""Marks a file as one of ours (`TrLQ`), for this code and for the program `file`."""

# One tuple of statements a version; those of a released version never change. Times are microseconds since 1970.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # With rowids: quick_check of SQLite 3.40 finds damage in sound tables without them.
        """
        CREATE TABLE subscriptions (
            queue TEXT NOT NULL,
            event_type TEXT NOT NULL,
            PRIMARY KEY (event_type, queue)
        )
        """,
        # A message is available from `available_at` on (0: at once, whatever the clock says) unless its lease runs.
        """
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY,
            queue TEXT NOT NULL,
            event TEXT NOT NULL,
            available_at INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            lease_token TEXT UNIQUE,
            leased_until INTEGER,
            CHECK ((lease_token IS NULL) = (leased_until IS NULL))
        )
        """,
        "CREATE INDEX messages_of_queue ON messages (queue)",
        # AUTOINCREMENT: an id that an operator has read never names another letter later.
        """
        CREATE TABLE dead_letters (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            queue TEXT NOT NULL,
            event TEXT NOT NULL,
            reason TEXT NOT NULL,
            died_at INTEGER NOT NULL
        )
        """,
        "CREATE INDEX dead_letters_of_queue ON dead_letters (queue)",
    ),
)


class UnknownSchemaError(Exception):
    """The file is of something else, of a newer release, or damaged; the message says which."""


def prepare(connection: sqlite3.Connection) -> None:
    """Check the file behind a connection and bring it to the newest version.

    A file that is refused stays as it was.

    Raises:
        UnknownSchemaError: the file can't be used.
        sqlite3.Error: it is not an SQLite file, or the storage failed.
    """
    _check(connection)
    # A commit returns once it is on the disk: in WAL mode that takes FULL (sqlite.org/pragma.html#pragma_synchronous).
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    with transaction(connection):
        # Read inside the transaction: another process may have done the same meanwhile.
        for statements in MIGRATIONS[_number(connection, "PRAGMA user_version") :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all of the block or nothing of it, alone among all writers of the file."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite itself rolls back after some errors, a full disk among them.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check(connection: sqlite3.Connection) -> None:
    version = _number(connection, "PRAGMA user_version")
    is_empty = _number(connection, "SELECT count(*) FROM sqlite_master") == 0
    if not is_empty and _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise UnknownSchemaError("it is an SQLite file of something else")
    if version > len(MIGRATIONS):
        raise UnknownSchemaError(
            f"a newer release wrote it (schema version {version}, this release knows {len(MIGRATIONS)})"
        )
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise UnknownSchemaError(f"it is damaged ({verdict})")


def _number(connection: sqlite3.Connection, statement: str) -> int:
    (number,) = connection.execute(statement).fetchone()
    return int(number)
