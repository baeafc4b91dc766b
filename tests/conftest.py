"""What holds for every test: closed sockets where none are needed, how hypothesis searches, who can be interrupted."""

import gc
import os
import signal
import sys
import tempfile
from collections.abc import Generator
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis.internal import charmap
from hypothesis.internal.conjecture import providers
from hypothesis.internal.intervalsets import IntervalSet

from tests.places import TESTS, place_of
from tests.preloaded.start import preload_apps
from tests.servers.certificate import make_certificate

# Contract suites are imported, not collected, so their assertions are made readable by name.
pytest.register_assert_rewrite("tests.contracts")

# When coverage is measured, which tests run, and real servers for those who ask for them.
pytest_plugins = ["tests.measuring", "tests.selection", "tests.servers.fixtures"]

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
    """Choose how long hypothesis searches, and how apps start."""
    each_run = "ci" if os.environ.get("CI") else "dev"
    settings.load_profile("thorough" if config.getoption("thorough") else each_run)
    if not config.getoption("thorough"):
        preload_apps()
        try_no_constants_of_modules()
        know_what_utf_8_encodes()
    if not hasattr(config, "workerinput"):  # Processes that share the tests inherit it.
        trust_nobody(config)


def try_no_constants_of_modules() -> None:
    """Have hypothesis draw no constants of our own modules.

    It finds them by parsing each module that is imported by then, which takes three seconds of computing time in each
    process of a fresh clone. Which modules these are depends on the tests that run, and so would what is drawn.
    """
    none = providers._local_constants
    providers._get_local_constants = lambda: none


def know_what_utf_8_encodes() -> None:
    """Tell hypothesis which characters there are in UTF-8: all but the surrogates.

    It finds them by encoding each, which takes two seconds of computing time in each process of a fresh clone.
    """
    known = IntervalSet(((0, 0xD7FF), (0xE000, sys.maxunicode))), IntervalSet(())
    find = charmap.intervals_from_codec
    charmap.intervals_from_codec = lru_cache(lambda name: known if name == "utf-8" else find(name))


def trust_nobody(config: pytest.Config) -> None:
    """Have clients trust one authority, which vouches for nobody, until the run ends.

    Each HTTP client of the tests, and of the processes that they start, otherwise reads the hundreds of authorities of
    the web, at 20 to 40 ms of computing time, of which it then needs none.
    """
    folder = tempfile.TemporaryDirectory(prefix="tracklift-authority-")
    config.add_cleanup(folder.cleanup)
    os.environ["SSL_CERT_FILE"] = str(make_certificate(Path(folder.name)).certificate_file)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage collector look neither now nor ever again at tests and modules, which are there to stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
    """Make what processes that share the tests report to each other short, and such that UTF-8 has bytes for it.

    There are tens of thousands of reports, and nobody reads the log of a test that passed, or what it is marked with. A
    log may hold what UTF-8 can't say, such as a lone surrogate.
    """
    report = yield
    if report is not None and report.get("outcome") == "passed" and "keywords" in report:
        report |= {"keywords": {}, "sections": []}
    return cast("dict[str, Any] | None", _encodable(report))


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
    inside = place_of(path)
    return inside[0] == "unit" or any("in_memory" in part for part in inside)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Close sockets for tests that must not need one; asyncio's own socket pair stays open."""
    for item in items:
        if item.path.is_relative_to(TESTS) and _needs_no_network(item.path):
            item.add_marker(pytest.mark.disable_socket)
