"""A running Tracklift for the tests that need no special one."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.user import User
from tests.end_to_end.user_shell import Terminal


@pytest.fixture
def tracklift(tmp_path: Path) -> Iterator[StandaloneProcess]:
    """Run Tracklift on an empty data folder."""
    with running(tmp_path) as process:
        yield process


@pytest.fixture(scope="module")
def shared_tracklift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneProcess]:
    """Run Tracklift for a file of tests, each of which has a user of its own: a `newcomer`."""
    with running(tmp_path_factory.mktemp("shared")) as process:
        yield process


@pytest.fixture
def newcomer(shared_tracklift: StandaloneProcess) -> Iterator[User]:
    """Sign somebody up who has never been there; Tracklift runs again if the test before has stopped it."""
    if not shared_tracklift.is_running:
        shared_tracklift.start()
    user = User(shared_tracklift.address, f"{uuid4().hex}@example.org").sign_up()
    yield user
    user.http.close()


@pytest.fixture
def user(tracklift: StandaloneProcess) -> Iterator[User]:
    """Sign somebody up."""
    user = User(tracklift.address).sign_up()
    yield user
    user.http.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """Give somebody's shell."""
    home = tmp_path / "home"
    home.mkdir()
    return Terminal(home)


@pytest.fixture
def ada(terminal: Terminal, user: User) -> Terminal:
    """Give the shell of somebody who is logged in."""
    terminal.log_in(user)
    return terminal
