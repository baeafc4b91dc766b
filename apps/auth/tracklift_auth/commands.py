"""What auth does once, before it serves: what an operator runs, or a job does."""

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
    """What migrating needs of auth's settings."""

    mysql_url: str


@dataclass(frozen=True, kw_only=True)
class KeySettings:
    """What making a key needs of auth's settings."""

    signing_key_file: Path


async def migrate_tables(environment: Mapping[str, str]) -> None:
    """Bring MySQL's tables to the newest version. Auth does so too when it starts; here one knows when it is done.

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
    """Bring MySQL's tables back to those of the version before, so that its release can start again.

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
    """Do something with users, beside a service that may run. It hands over what is to be mailed or announced.

    Raises:
        SettingsError: a setting is missing or wrong.
        DomainError: it can't be done.
    """
    container = build(read_settings(AuthSettings, environment))
    async with container.exits():
        await work(UserCommands(container.use_cases()))


async def create_signing_key(environment: Mapping[str, str]) -> None:
    """Make the key that signs access tokens, unless there is one.

    Raises:
        SettingsError: a setting is missing or wrong.
        ServiceUnavailableError: it can't be written, or the one that is there can't be used.
    """
    load_or_create_signing_key(read_settings(KeySettings, environment).signing_key_file)
