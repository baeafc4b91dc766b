"""A running Tracklift for the tests that need no special one."""

import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.end_to_end.accounts import new_user
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.user import User
from tests.end_to_end.user_shell import Terminal
from tests.places import place_of

_SHARED = pytest.StashKey[StandaloneProcess]()


@pytest.fixture
def tracklift(tmp_path: Path) -> Iterator[StandaloneProcess]:
    """Run Tracklift on an empty data folder."""
    with running(tmp_path) as process:
        yield process


@pytest.fixture(scope="session")
def shared_tracklift(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[StandaloneProcess]:
    """Run Tracklift for all tests that neither stop it nor have settings for it, with users of their own."""
    with running(tmp_path_factory.mktemp("shared")) as process:
        pytestconfig.stash[_SHARED] = process
        yield process


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the shared Tracklift go on."""
    _signal_shared(item, signal.SIGCONT)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Have the shared Tracklift stand still while tests of other folders run: idle, it takes 1 % of a processor."""
    if nextitem is not None and place_of(nextitem.path)[0] != place_of(item.path)[0]:
        _signal_shared(item, signal.SIGSTOP)


def _signal_shared(item: pytest.Item, number: signal.Signals) -> None:
    process = item.config.stash.get(_SHARED, None)
    if process is not None and process.is_running:
        process.signal(number)


@pytest.fixture
def newcomer(shared_tracklift: StandaloneProcess) -> Iterator[User]:
    """Sign somebody up who has never been there."""
    user = User(shared_tracklift.address, f"{uuid4().hex}@example.org").sign_up()
    yield user
    user.http.close()


@pytest.fixture(scope="session")
def _regular(shared_tracklift: StandaloneProcess) -> Iterator[User]:
    user = new_user(shared_tracklift.data, shared_tracklift.address, f"{uuid4().hex}@example.org")
    yield user
    user.http.close()


@pytest.fixture
def regular(_regular: User) -> Iterator[User]:
    """Give somebody without conversions whose account the test leaves as it is."""
    yield _regular
    for record in _regular.records():
        _regular.http.delete(f"/v1/conversions/{record['id']}").raise_for_status()


@pytest.fixture
def user(tracklift: StandaloneProcess) -> Iterator[User]:
    """Give somebody who has an account.

    To sign somebody up takes most of a second of computing time, as a password is hashed twice.
    """
    user = new_user(tracklift.data, tracklift.address, "ada@example.org")
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
    terminal.log_in_with_a_key(user)
    return terminal
