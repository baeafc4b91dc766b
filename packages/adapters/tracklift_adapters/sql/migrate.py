import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from tracklift_adapters.sql.column_types import MYSQL_NAMES
from tracklift_adapters.sql.errors import SERVICE, outages_translated
from tracklift_adapters.sql.sqlite import WRITING
from tracklift_domain.errors import ServiceUnavailableError

_LOCK = "tracklift.migrations"
_LOCK_TIMEOUT = 60
"""Seconds that one process waits for another one's migrations."""
_WORKS_FROM = re.compile(r"\d{4}_from_(\d{4})")
"""A version that tells the oldest one whose release works with its tables."""


async def migrate(engine: AsyncEngine) -> None:
    """Bring the tables to the newest version; make them in an empty database.

    Processes that start together wait for one another. On SQLite a migration happens whole or not at all. MySQL commits
    each change of a table by itself, so there one that is broken off needs a look by a person.

    Newer tables are left as they are. Where their version says that this one works with them (`0004_from_0002`: all
    from 0002 on), all is well: a release can be rolled back, and its processes can start, without touching the tables.

    Raises:
        ServiceUnavailableError: the database can't be reached, or its tables are too new for this version.
    """
    with outages_translated():
        async with engine.execution_options(**WRITING).begin() as connection:
            await connection.run_sync(_upgrade)


async def migrate_back(engine: AsyncEngine) -> None:
    """Bring the tables of the newest version back to those of the version before, for a release that knows no newer.

    What only the newest version keeps is lost. No process of the newest version may run: it would migrate again when it
    starts, and can't work without what is taken away.

    Raises:
        ServiceUnavailableError: the database can't be reached, or its tables are not those of this version.
    """
    with outages_translated():
        async with engine.execution_options(**WRITING).begin() as connection:
            await connection.run_sync(_downgrade)


def migration_config(connection: Connection) -> Config:
    """Give Alembic what it needs to run the migrations that lie beside this module."""
    config = Config()
    # Doubled, because Alembic reads it as a pattern.
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    with _one_at_a_time(connection):
        if _works_with_newer(connection):
            return
        try:
            command.upgrade(migration_config(connection), "head")
        except CommandError as error:
            raise ServiceUnavailableError(SERVICE, f"its tables do not fit this version. {error}") from error


def _works_with_newer(connection: Connection) -> bool:
    """Tell whether the tables are newer than this version, and say themselves that it works with them."""
    newest, present = _newest(connection), _present(connection)
    oldest = _WORKS_FROM.fullmatch(present)
    return oldest is not None and present[:4] > newest[:4] >= oldest[1]


def _downgrade(connection: Connection) -> None:
    with _one_at_a_time(connection):
        newest, present = _newest(connection), _present(connection)
        # So that a second call, made by mistake, does not go back further.
        if present != newest:
            raise ServiceUnavailableError(SERVICE, f"its tables are of version {present}, not of {newest}.")
        command.downgrade(migration_config(connection), "-1")


def _newest(connection: Connection) -> str:
    return ScriptDirectory.from_config(migration_config(connection)).get_current_head() or ""


def _present(connection: Connection) -> str:
    """Give the version of the tables; empty if there are none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


@contextmanager
def _one_at_a_time(connection: Connection) -> Iterator[None]:
    if connection.dialect.name not in MYSQL_NAMES:
        yield  # The transaction holds the write lock of the whole SQLite file.
        return
    arguments = {"name": _LOCK, "timeout": _LOCK_TIMEOUT}
    if connection.execute(text("SELECT GET_LOCK(:name, :timeout)"), arguments).scalar_one() != 1:
        raise ServiceUnavailableError(SERVICE, "another process has been changing its tables for too long.")
    try:
        yield
    finally:
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _LOCK})
