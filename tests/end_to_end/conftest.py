"""A running Tracklift for the tests that need no special one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.user import User


@pytest.fixture
def tracklift(tmp_path: Path) -> Iterator[StandaloneProcess]:
    """Run Tracklift on an empty data folder."""
    with running(tmp_path) as process:
        yield process


@pytest.fixture
def user(tracklift: StandaloneProcess) -> Iterator[User]:
    """Sign somebody up."""
    user = User(tracklift.address).sign_up()
    yield user
    user.http.close()
