"""What is seen before scripts have run, and that scripts put the same in its place."""

from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.visitor import Visitor
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.selection import thorough

pytestmark = pytest.mark.network
PLACES = """[...document.querySelectorAll(".top .brand, .top nav a, .welcome h1, .lead, .pitch li")].map((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return [element.textContent.trim(), ...[x, y, width, height].map(Math.round)];
})"""
SHIFTS = """window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


async def _abort(route: Route) -> None:
    await route.abort()


async def places(visitor: Visitor, *, scripts: bool) -> list[Any]:
    """Give what stands where on the first page."""
    if scripts:
        await visitor.page.unroute("**/assets/*.js")
    else:
        await visitor.page.route("**/assets/*.js", _abort)
    await visitor.page.goto(visitor.address)
    if scripts:
        await expect(visitor.page.locator("input[name=email]")).to_be_visible()
    return list(await visitor.page.evaluate(PLACES))


@pytest.mark.each_value_once
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("locale", ["en-GB", "ar", *thorough(["de-DE"])])
async def test_a_visitor_reads_what_it_is_about_before_any_script_has_run(
    browser: Browser, tracklift: StandaloneProcess, locale: str, width: int
) -> None:
    """And nothing moves when they have."""
    shown = []
    async with Visitor.visiting(browser, tracklift.address, locale=locale) as visitor:
        await visitor.page.set_viewport_size({"width": width, "height": 800})
        await visitor.context.add_init_script(SHIFTS)
        for scripts in (False, True):
            shown.append(await places(visitor, scripts=scripts))
            assert await visitor.page.locator("html").get_attribute("lang") == locale[:2]
            assert await visitor.page.evaluate("shift") == 0
            assert await visitor.overflow() <= 0
    assert len(shown[0]) == 7
    assert shown[0] == shown[1]


async def test_the_page_without_scripts_has_nothing_that_axe_finds(visitor: Visitor) -> None:
    await visitor.page.route("**/assets/*.js", _abort)
    await visitor.page.goto(visitor.address)

    assert await visitor.accessibility_problems() == []


async def test_who_is_signed_in_is_not_shown_what_visitors_read(visitor: Visitor) -> None:
    await visitor.be_signed_in()
    await visitor.page.route("**/assets/*.js", _abort)
    await visitor.page.goto(visitor.address)

    assert await visitor.page.locator("#app").inner_html() == ""
