"""Every page, in both themes and at every width."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from tests.browser.dead_letters import leave_dead_letters
from tests.browser.visitor import Visitor
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.selection import thorough

pytestmark = [pytest.mark.network, pytest.mark.media]


@dataclass(frozen=True)
class Looks:
    """Which pages are looked at, and how."""

    outside: tuple[str, ...]
    inside: tuple[str, ...]
    widths: tuple[int, ...]
    by_axe: bool
    dark: tuple[str, ...]
    """Pages of which axe-core looks at the colours of the dark theme too."""
    anew: bool
    """Whether each page is loaded anew, or led to from the one before."""


OUTSIDE = (
    "/",
    "/sign-in",
    "/forgot-password",
    "/verify-email?token=x",
    "/reset-password?token=x",
    "/sign-in-failed?problem=address_not_verified_here",
)
LIKE_OTHERS = ("/sign-up", "/confirm-email?token=x", "/accept-invitation?token=x")
"""Pages made of the same component as another one."""
INSIDE = ("/", "/library", "/account", "/admin", "/admin/conversions", "/admin/dead-letters")
CONVERSION = "/conversions/…"
"""Stands for the page of a conversion made meanwhile."""
WIDTHS = (320, 390, 1280, 2560)
IN_EACH_RUN = Looks(
    OUTSIDE,
    INSIDE,
    (320, 1280),
    by_axe=True,
    dark=("/", "/library", "/admin/conversions", CONVERSION),
    anew=False,
)
ALL = Looks(
    (*OUTSIDE, *LIKE_OTHERS), INSIDE, WIDTHS, by_axe=True, dark=(*OUTSIDE, *INSIDE, CONVERSION), anew=True
)
# What axe-core finds in one language it would find in all, but for what a catalogue alone can do wrong.
IN_EACH_RUN_FROM_THE_RIGHT = Looks(("/",), INSIDE[:3], (320, 1280), by_axe=False, dark=(), anew=False)
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""The folder in which a picture of each page is kept for people to look at, if any."""


def picture_name(visitor: Visitor, scheme: str, path: str, width: int) -> str:
    """Name the picture of a page after what it shows, in the order in which pages are visited."""
    page = path.strip("/").partition("?")[0].partition("/")[0] or "start"
    return f"{scheme}-{visitor.locale}-{visitor.opened:02}-{page}-{width}.png"


async def look(visitor: Visitor, path: str, looks: Looks, name: str = "") -> list[str]:
    """Give what is wrong with a page: what axe-core finds, and the widths at which it must be scrolled sideways."""
    await (visitor.open if looks.anew else visitor.move_to)(path)
    found = [f"{path}: {problem}" for problem in await problems(visitor, looks, name or path)]
    for width in looks.widths:
        await visitor.page.set_viewport_size({"width": width, "height": 800})
        if SCREENSHOTS:
            await take_pictures(visitor, path, width)
        if await visitor.overflow() > 0:
            found.append(f"{path} is too wide for {width} px")
    await visitor.page.set_viewport_size({"width": 1280, "height": 800})
    return found


async def take_pictures(visitor: Visitor, path: str, width: int) -> None:
    """Keep a picture of a page in each theme."""
    schemes: tuple[Literal["dark", "light"], ...] = ("dark", "light")
    for scheme in schemes:
        await visitor.page.emulate_media(color_scheme=scheme)
        picture = Path(SCREENSHOTS or "", picture_name(visitor, scheme, path, width))
        await visitor.page.screenshot(path=picture, full_page=True)


async def problems(visitor: Visitor, looks: Looks, path: str) -> list[str]:
    """Have axe-core look at what is shown. In the dark theme colours differ, and nothing else."""
    found = await visitor.accessibility_problems() if looks.by_axe else []
    if path in looks.dark:
        await visitor.page.emulate_media(color_scheme="dark")
        found += [f"dark: {problem}" for problem in await visitor.accessibility_problems("color-contrast")]
        await visitor.page.emulate_media(color_scheme="light")
    return found


async def look_at_all(visitor: Visitor, tracklift: StandaloneProcess, looks: Looks) -> list[str]:
    """Give what is wrong with pages: those of visitors, and those of an admin before and after a conversion."""
    page = visitor.page
    # So that all colours of a theme are there at once.
    await page.emulate_media(reduced_motion="reduce")
    await visitor.open()
    found = [problem for path in looks.outside for problem in await look(visitor, path, looks)]
    await visitor.be_signed_in("admin")
    await visitor.open()
    found += [problem for path in ("/", "/library") for problem in await look(visitor, path, looks)]

    for name in ("one-second", "no-audio"):
        await visitor.have_converted(name)
    await visitor.open()
    await page.locator(".row .play").wait_for()
    leave_dead_letters(tracklift.data.path, ["5f0c1f0e6d0b4b0c8f6f2a4f6f1d2c3b", "0" * 32])
    conversion = await visitor.row("one-second").get_by_role("link").get_attribute("href")
    await page.locator("summary").first.click()
    found += await problems(visitor, looks, "/")
    found += [problem for path in looks.inside for problem in await look(visitor, path, looks)]
    return found + await look(visitor, conversion or "", looks, CONVERSION)


@pytest.mark.parametrize("looks", [IN_EACH_RUN_FROM_THE_RIGHT, *thorough([ALL])], ids=["few", "all"])
async def test_pages_are_in_the_language_of_the_browser_also_from_right_to_left(
    browser: Browser, tracklift: StandaloneProcess, looks: Looks
) -> None:
    async with Visitor.visiting(browser, tracklift.address, tracklift.data, locale="ar") as visitor:
        found = await look_at_all(visitor, tracklift, looks)
        assert await visitor.page.locator("html").get_attribute("dir") == "rtl"
        await visitor.open("/library")
        name = visitor.row("one-second").get_by_role("link")
        style = await name.evaluate(
            "name => [getComputedStyle(name).direction, getComputedStyle(name).textAlign]"
        )

    assert "\n".join(found) == ""
    assert style == ["ltr", "right"], "a name in Latin letters is cut at its end, and stands at the right"


@pytest.mark.parametrize("looks", [IN_EACH_RUN, *thorough([ALL])], ids=["few", "all"])
async def test_every_page_fits_its_window_and_has_nothing_that_axe_finds_in_either_theme(
    visitor: Visitor, tracklift: StandaloneProcess, looks: Looks
) -> None:
    """Some fifteen looks of axe-core at pages, each of which may break a rule by itself."""
    assert "\n".join(await look_at_all(visitor, tracklift, looks)) == ""
