"""The copy of MongoDB's data folder that `deploy/backup/copy-mongodb` makes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from tests.contracts.event_broker import until
from tests.places import TESTS

pytestmark = [pytest.mark.network, pytest.mark.shared_database]
COPY = TESTS.parent / "deploy" / "backup" / "copy-mongodb"


@pytest.fixture
def endless_folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder whose copy does not end, as it has a terminal in it on which nobody types."""
    ours, other = os.openpty()
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "endless").symlink_to(os.ttyname(other))
    yield folder
    os.close(ours)
    os.close(other)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_copy_that_is_ended_lets_writes_go_on(
    mongodb_url: str, endless_folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    target = tmp_path / "copy"
    with MongoClient[dict[str, Any]](mongodb_url) as client:

        def is_locked() -> bool:
            return bool(client.admin.command("currentOp").get("fsyncLock"))

        copying = subprocess.Popen(  # noqa: ASYNC220  # nothing else runs meanwhile
            [sys.executable, COPY, endless_folder, target],
            env=os.environ | {"TRACKLIFT_MONGODB_URL": mongodb_url},
            stderr=subprocess.PIPE,
            text=True,
        )
        await until(is_locked)
        copying.send_signal(number)
        _, said = copying.communicate()

        assert not is_locked()
    assert (copying.returncode, said) == (1, "no copy was made: it was ended\n")
    assert {each.name for each in tmp_path.iterdir()} == {"data"}  # noqa: ASYNC240 (no disk behind it)
