"""Every page, in both themes and at every width."""

import asyncio
import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from tests.browser.dead_letters import leave_dead_letters
from tests.browser.visitor import PASSWORD, Visitor
from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift
from tests.end_to_end.user import User
from tests.media.samples import sample

pytestmark = [pytest.mark.network, pytest.mark.media]
OUTSIDE = (
    "/",
    "/sign-in",
    "/sign-up",
    "/forgot-password",
    "/verify-email?token=x",
    "/confirm-email?token=x",
    "/reset-password?token=x",
    "/accept-invitation?token=x",
    "/sign-in-failed?problem=address_not_verified_here",
)
INSIDE = ("/", "/library", "/account", "/admin", "/admin/conversions", "/admin/dead-letters")
WIDTHS = (320, 390, 1280, 2560)
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""The folder in which a picture of each page is kept for people to look at, if any."""


def picture_name(visitor: Visitor, path: str, width: int) -> str:
    """Name the picture of a page after what it shows, in the order in which pages are visited."""
    page = path.strip("/").partition("?")[0].partition("/")[0] or "start"
    return f"{visitor.looks}-{visitor.opened:02}-{page}-{width}.png"


async def look(visitor: Visitor, path: str, *rules: str) -> list[str]:
    """Give what is wrong with a page: what axe-core finds, and the widths at which it must be scrolled sideways.

    By some of its rules, which are then about nothing that depends on the width, or by all.
    """
    await visitor.open(path)
    found = [f"{path}: {problem}" for problem in await visitor.accessibility_problems(*rules)]
    for width in WIDTHS if SCREENSHOTS or not rules else ():
        await visitor.page.set_viewport_size({"width": width, "height": 800})
        if SCREENSHOTS:
            await visitor.page.screenshot(
                path=Path(SCREENSHOTS, picture_name(visitor, path, width)), full_page=True
            )
        if await visitor.overflow() > 0:
            found.append(f"{path} is too wide for {width} px")
    await visitor.page.set_viewport_size({"width": 1280, "height": 800})
    return found


async def look_inside(visitor: Visitor, tracklift: StandaloneProcess, *rules: str) -> list[str]:
    """Sign in as one who sees all pages, and give what is wrong with them, before and after a conversion."""
    User(tracklift.address, visitor.email).sign_up().http.close()
    settings = {"TRACKLIFT_DATA_FOLDER": str(tracklift.data.path)}
    made = await asyncio.to_thread(run_tracklift, ["users", "set-role", visitor.email, "admin"], settings)
    assert made.returncode == 0, made.stderr
    # By what is the same in all languages.
    page = visitor.page
    await visitor.open("/sign-in")
    await page.locator("input[name=email]").fill(visitor.email)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator("#videos").wait_for(state="attached")
    found = [problem for path in ("/", "/library") for problem in await look(visitor, path, *rules)]

    await visitor.open()
    await visitor.choose(sample("one-second"), sample("no-audio"))
    await page.locator(".row .play").wait_for()
    leave_dead_letters(tracklift.data.path, ["5f0c1f0e6d0b4b0c8f6f2a4f6f1d2c3b", "0" * 32])
    conversion = await visitor.row("one-second").get_by_role("link").get_attribute("href")
    await page.locator("summary").first.click()
    found += await visitor.accessibility_problems(*rules)
    shown = (*INSIDE, conversion or "")
    return found + [problem for path in shown for problem in await look(visitor, path, *rules)]


async def test_pages_are_in_the_language_of_the_browser_also_from_right_to_left(
    browser: Browser, tracklift: StandaloneProcess
) -> None:
    async with Visitor.visiting(browser, tracklift.address, locale="ar") as visitor:
        found = [problem for path in OUTSIDE for problem in await look(visitor, path)]
        assert await visitor.page.locator("html").get_attribute("dir") == "rtl"
        found += await look_inside(visitor, tracklift)
        await visitor.open("/library")
        name = visitor.row("one-second").get_by_role("link")
        style = await name.evaluate(
            "name => [getComputedStyle(name).direction, getComputedStyle(name).textAlign]"
        )

    assert "\n".join(found) == ""
    assert style == ["ltr", "right"], "a name in Latin letters is cut at its end, and stands at the right"


# In another theme colours differ, and nothing else.
@pytest.mark.parametrize(
    ("scheme", "rules"), [("light", []), ("dark", ["color-contrast"])], ids=["light", "dark"]
)
async def test_every_page_fits_its_window_and_has_nothing_that_axe_finds(
    browser: Browser, tracklift: StandaloneProcess, scheme: Literal["light", "dark"], rules: list[str]
) -> None:
    async with Visitor.visiting(browser, tracklift.address, scheme=scheme) as visitor:
        found = [problem for path in OUTSIDE for problem in await look(visitor, path, *rules)]
        found += await look_inside(visitor, tracklift, *rules)

    assert "\n".join(found) == ""
