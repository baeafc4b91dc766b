"""The one-off commands of auth, run by an operator or by a job."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracklift_adapters.environment.settings import read_settings
from tracklift_adapters.security.signing_key import load_or_create_signing_key
from tracklift_adapters.sql.engine import create_engine
from tracklift_adapters.sql.migrate import migrate, migrate_back
from tracklift_auth.container import build
from tracklift_auth.settings import AuthSettings
from tracklift_auth.user_commands import UserCommands


@dataclass(frozen=True, kw_only=True)
class MigrationSettings:
    """The part of auth's settings that a migration needs."""

    mysql_url: str


@dataclass(frozen=True, kw_only=True)
class KeySettings:
    """The part of auth's settings that creating the signing key needs."""

    signing_key_file: Path


async def migrate_tables(environment: Mapping[str, str]) -> None:
    """Migrate MySQL's tables to the latest version, and return once that is done. Auth also does it when it starts.

    Raises:
        SettingsError: a setting is missing or wrong.
        ServiceUnavailableError: MySQL can't be reached, or its tables are newer than this version.
    """
    engine = create_engine(read_settings(MigrationSettings, environment).mysql_url)
    try:
        await migrate(engine)
    finally:
        await engine.dispose()


async def migrate_tables_back(environment: Mapping[str, str]) -> None:
    """Migrate MySQL's tables back to the previous version, so that the previous release can start again.

    Raises:
        SettingsError: a setting is missing or wrong.
        ServiceUnavailableError: MySQL can't be reached, or its tables are not those of this version.
    """
    engine = create_engine(read_settings(MigrationSettings, environment).mysql_url)
    try:
        await migrate_back(engine)
    finally:
        await engine.dispose()


async def manage_users(
    environment: Mapping[str, str], work: Callable[[UserCommands], Awaitable[None]]
) -> None:
    """Run work on users, also while the service runs. The service publishes the resulting events.

    Raises:
        SettingsError: a setting is missing or wrong.
        DomainError: the work can't be done.
    """
    container = build(read_settings(AuthSettings, environment))
    async with container.exits():
        await work(UserCommands(container.use_cases()))


async def create_signing_key(environment: Mapping[str, str]) -> None:
    """Make the key that signs access tokens, unless there is one.

    Raises:
        SettingsError: a setting is missing or wrong.
        ServiceUnavailableError: it can't be written, or the existing one can't be used.
    """
    load_or_create_signing_key(read_settings(KeySettings, environment).signing_key_file)
