"""A running Tracklift, and a browser that looks at it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.browser.chromium import running_chromium
from tests.browser.held_line import HeldLine
from tests.browser.visitor import Visitor, forget, new_context
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.servers.ports import free_port
from tracklift_gateway.web_application import built_web_application

_HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def tracklift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneProcess]:
    """Run Tracklift with its web application for all tests, which have users of their own."""
    assert built_web_application().files, "The web application is not built: run 'make web'."
    # At one port, so that pages find it again when a test restarts it.
    with running(tmp_path_factory.mktemp("tracklift"), {"TRACKLIFT_PORT": str(free_port())}) as process:
        yield process


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(pytestconfig: pytest.Config) -> AsyncIterator[Browser]:
    """Run a browser for all tests, each of which opens contexts of its own: nobody in one knows of another.

    The whole browser in a thorough run, else its headless shell.
    """
    async with running_chromium(whole=pytestconfig.getoption("thorough")) as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def warm_context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Keep a browser for all visitors of light pages in English, one after the other, with one page that stays empty.

    What it has compiled of the pages it need not compile again, as long as a page is open.
    """
    async with new_context(browser) as context:
        await context.new_page()
        yield context


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(warm_context: BrowserContext, tracklift: StandaloneProcess) -> AsyncIterator[Visitor]:
    """Give somebody with a browser that was never here; in the end, nothing may have broken the pages' policy."""
    try:
        async with Visitor.within(warm_context, tracklift.address, tracklift.data) as visitor:
            yield visitor
    finally:
        await forget(warm_context, tracklift.address)


@pytest.fixture(scope="session")
def line_port() -> int:
    """Give all lines one port, so that a browser has compiled already what it gets by them."""
    return free_port()


@pytest_asyncio.fixture(loop_scope="session")
async def line(tracklift: StandaloneProcess, line_port: int) -> AsyncIterator[HeldLine]:
    """Give a line to Tracklift that holds an upload after its first megabyte."""
    async with HeldLine(tracklift.address, after=1_000_000, port=line_port) as line:
        yield line


@pytest_asyncio.fixture(loop_scope="session")
async def distant_visitor(
    warm_context: BrowserContext, line: HeldLine, tracklift: StandaloneProcess
) -> AsyncIterator[Visitor]:
    """Give somebody who reaches Tracklift by that line."""
    try:
        async with Visitor.within(warm_context, line.address, tracklift.data) as visitor:
            yield visitor
    finally:
        await forget(warm_context, line.address)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests of this folder in one event loop, as they share a browser."""
    for item in items:
        if item.path.is_relative_to(_HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
