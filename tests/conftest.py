"""What holds for every test: closed sockets where none are needed, how hypothesis searches, who can be interrupted."""

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# Contract suites are imported, not collected, so their assertions are made readable by name.
pytest.register_assert_rewrite("tests.contracts")

# Which tests run, and real servers for those who ask for them.
pytest_plugins = ["tests.selection", "tests.servers.fixtures"]

TESTS = Path(__file__).parent

# No deadline: a loaded machine is no failure. In CI the same code has the same verdict each time; the others print how
# to repeat a failure.
settings.register_profile("dev", deadline=None, print_blob=True, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=200, database=None)

# A shell without job control has what it starts in the background ignore SIGINT, and all whom tests start would inherit
# that, while some of them are there to be interrupted.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Choose how long hypothesis searches."""
    each_run = "ci" if os.environ.get("CI") else "dev"
    settings.load_profile("thorough" if config.getoption("thorough") else each_run)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, object, object]:
    """Escape what UTF-8 has no bytes for, such as a lone surrogate in a log: processes report to each other in it."""
    return _encodable((yield))


def _encodable(data: object) -> object:
    if isinstance(data, str):
        return data.encode(errors="backslashreplace").decode()
    if isinstance(data, dict):
        return {key: _encodable(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return type(data)(map(_encodable, data))
    return data


def _needs_no_network(path: Path) -> bool:
    """Whether a test file is a unit test, or runs a contract against an in-memory adapter."""
    inside = path.relative_to(TESTS)
    return inside.parts[0] == "unit" or "in_memory" in str(inside)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Close sockets for tests that must not need one; asyncio's own socket pair stays open."""
    for item in items:
        if item.path.is_relative_to(TESTS) and _needs_no_network(item.path):
            item.add_marker(pytest.mark.disable_socket)
