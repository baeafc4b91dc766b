"""Finds a Chromium, and starts it for the tests of pages."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.servers.programs import CACHE, debian_library_path, debian_root, one_at_a_time

_WHOLE = ("chromium", "chromium-browser", "google-chrome")
_SHELL = ("chromium-headless-shell", "chrome-headless-shell")
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
_OF_SHELL = ("--renderer-process-limit=1", "--in-process-gpu")
"""All pages in one process, which has compiled their scripts and styles already: a third of the computing time less.

To draw what they show in the browser's own process takes a tenth less.
"""


def find_chromium(*, whole: bool) -> tuple[Path, str]:
    """Find Chromium on the path, or else unpack Debian's; with it, the folders of libraries that the machine lacks.

    The whole browser is what users have. Its headless shell has the same engine, and no windows, tabs and services
    that no test sees: it takes a fifth less computing time in all.

    Raises:
        ServersUnavailableError: there is none, and none can be fetched.
    """
    for name in _WHOLE if whole else _SHELL:
        if found := shutil.which(name):
            return Path(found), ""
    package = "chromium" if whole else "chromium-headless-shell"
    CACHE.mkdir(parents=True, exist_ok=True)
    with one_at_a_time():
        root = debian_root([package])
    return root / "usr/lib/chromium" / package, debian_library_path(root)


@asynccontextmanager
async def running_chromium(*, whole: bool = True) -> AsyncIterator[Browser]:
    """Run a browser without a window, or its headless shell."""
    program, libraries = find_chromium(whole=whole)
    environment: dict[str, str | float | bool] = {**os.environ}
    if libraries:
        environment["LD_LIBRARY_PATH"] = libraries
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=[*_ARGUMENTS, *(() if whole else _OF_SHELL)], env=environment
        )
        try:
            yield browser
        finally:
            await browser.close()
