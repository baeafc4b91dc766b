"""Commands of auth that an operator or a job runs once."""

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
    """The settings that a migration needs."""

    mysql_url: str


@dataclass(frozen=True, kw_only=True)
class KeySettings:
    """The settings that making a key needs."""

    signing_key_file: Path


async def migrate_tables(environment: Mapping[str, str]) -> None:
    """Migrate MySQL's tables to the newest version, as auth does at its start; this tells when it is done.

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
    """Administer users while the service may be running. The service sends the mails and events.

    Raises:
        SettingsError: a setting is missing or wrong.
        DomainError: the command is refused.
    """
    container = build(read_settings(AuthSettings, environment))
    async with container.exits():
        await work(UserCommands(container.use_cases()))


async def create_signing_key(environment: Mapping[str, str]) -> None:
    """Make the key that signs access tokens, unless it exists.

    Raises:
        SettingsError: a setting is missing or wrong.
        ServiceUnavailableError: it can't be written, or the existing one can't be used.
    """
    load_or_create_signing_key(read_settings(KeySettings, environment).signing_key_file)
