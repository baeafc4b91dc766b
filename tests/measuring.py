"""When coverage is measured: not where it finds nothing new, as traced code takes almost twice as long.

Traced is the thread that runs the tests, and each that starts meanwhile: in all tests of the domain, whose coverage is
to be whole, and elsewhere in one case of each test, unless it is marked `measured_elsewhere`. So the coverage of the
rest is at least what the report says.
"""

import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager

import pytest

from tests.places import place_of

_ABOUT_OTHER_PROCESSES = ("browser", "deploy", "end_to_end", "services")
"""Folders whose tests run the code in processes that are not traced, or look at files."""
_ABOUT_THE_DOMAIN = ("conversion", "extraction", "media", "messaging", "notification", "upload", "user")
"""Folders of unit tests, of which each case counts."""
_MEASURED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Measure the import of all modules in one of the processes that share the tests."""
    worker = getattr(session.config, "workerinput", {"workerid": "gw0"})["workerid"]
    if worker == "gw0":
        return (yield)
    with not_measured():
        return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Choose the tests that are measured: the same ones in each run, in whatever order they are."""
    takes_all = session.config.getoption("thorough")
    first = set(first_cases(item.nodeid for item in session.items))
    for item in session.items:
        folders = place_of(item.path)
        counts_whole = takes_all or (folders[0] == "unit" and folders[1] in _ABOUT_THE_DOMAIN)
        counts_once = item.nodeid in first and item.get_closest_marker("measured_elsewhere") is None
        counts = folders[0] not in _ABOUT_OTHER_PROCESSES and (counts_whole or counts_once)
        item.stash[_MEASURED] = counts


def first_cases(ids: Iterable[str]) -> list[str]:
    """Give one id of each test, of those that differ in their parameters alone."""
    cases: dict[str, str] = {}
    for case in ids:
        test = case.partition("[")[0]
        cases[test] = min(case, cases.get(test, case))
    return list(cases.values())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure nothing while a test runs that is not to be measured."""
    if item.stash[_MEASURED]:
        return (yield)
    with not_measured():
        return (yield)


@contextmanager
def not_measured() -> Iterator[None]:
    """Let no tracer see what this thread does, and those that it starts."""
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
        threading.settrace(of_threads)
