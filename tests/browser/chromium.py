"""Finds a Chromium, and starts it for the tests of pages."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.servers.programs import CACHE, debian_library_path, debian_root, one_at_a_time

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")


def find_chromium() -> tuple[Path, str]:
    """Find Chromium on the path, or else unpack Debian's; with it, the folders of libraries that the machine lacks.

    Raises:
        ServersUnavailableError: there is none, and none can be fetched.
    """
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found), ""
    CACHE.mkdir(parents=True, exist_ok=True)
    with one_at_a_time():
        root = debian_root(["chromium"])
    return root / "usr/lib/chromium/chromium", debian_library_path(root)


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """Run a browser without a window."""
    program, libraries = find_chromium()
    environment: dict[str, str | float | bool] = {**os.environ}
    if libraries:
        environment["LD_LIBRARY_PATH"] = libraries
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=list(_ARGUMENTS), env=environment
        )
        try:
            yield browser
        finally:
            await browser.close()
