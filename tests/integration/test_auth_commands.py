"""What an operator, or a job, has auth do once."""

import os
import stat
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.end_to_end.waiting import PATIENCE
from tests.preloaded.start import run_app
from tracklift_adapters.sql.engine import create_engine

pytestmark = pytest.mark.network


def run(command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command with these settings and no others."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")}
    return run_app("tracklift_auth", [command], {**ours, **settings}, timeout=PATIENCE)


async def tables(url: str) -> list[str]:
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            return await _names(connection)
    finally:
        await engine.dispose()


async def _names(connection: AsyncConnection) -> list[str]:
    return await connection.run_sync(lambda sync: inspect(sync).get_table_names())


async def test_migrating_makes_the_tables_and_again_changes_nothing(mysql_url: str) -> None:
    first = run("migrate", TRACKLIFT_MYSQL_URL=mysql_url)
    made = await tables(mysql_url)
    second = run("migrate", TRACKLIFT_MYSQL_URL=mysql_url)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert {"users", "sessions", "mailed_tokens", "outbox"} <= set(made)
    assert await tables(mysql_url) == made


def test_a_database_that_is_not_there_is_told_of_in_one_line(mysql_url: str) -> None:
    """The same server, and a port where nobody listens."""
    nowhere = mysql_url.replace(f":{urlsplit(mysql_url).port}/", ":1/")

    failed = run("migrate", TRACKLIFT_MYSQL_URL=nowhere)

    assert failed.returncode == 1
    assert failed.stderr.startswith("tracklift_auth: The database is not available")
    assert failed.stderr.count("\n") == 1


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "signing-key.pem"

    codes = [run("create-signing-key", TRACKLIFT_SIGNING_KEY_FILE=str(file)).returncode]
    key = file.read_bytes()
    codes.append(run("create-signing-key", TRACKLIFT_SIGNING_KEY_FILE=str(file)).returncode)

    assert codes == [0, 0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == key


def test_a_file_that_is_not_a_key_is_told_of_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "signing-key.pem"
    file.write_text("no key")
    file.chmod(0o600)

    failed = run("create-signing-key", TRACKLIFT_SIGNING_KEY_FILE=str(file))

    assert failed.returncode == 1
    assert str(file) in failed.stderr
    assert "Traceback" not in failed.stderr
    assert file.read_text() == "no key"


@pytest.mark.parametrize(
    ("command", "variable"),
    [("migrate", "TRACKLIFT_MYSQL_URL"), ("create-signing-key", "TRACKLIFT_SIGNING_KEY_FILE")],
)
def test_a_missing_setting_is_named(command: str, variable: str) -> None:
    failed = run(command)

    assert (failed.returncode, failed.stderr) == (2, f"tracklift_auth: {variable} is not set.\n")


def test_a_command_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    refused = run("nonsense")

    assert refused.returncode == 2
    for command in ("serve", "migrate", "create-signing-key"):
        assert command in refused.stderr
