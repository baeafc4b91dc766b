"""A library that is longer than what is loaded and shown at first."""

import pytest
from playwright.async_api import expect

from tests.browser.long_library import fill_library
from tests.browser.visitor import Visitor
from tests.end_to_end.standalone_process import StandaloneProcess

pytestmark = [pytest.mark.network, pytest.mark.media]
TOTAL = 230
END = "scrollTo(0, document.documentElement.scrollHeight)"


async def test_all_of_a_long_library_is_found_by_searching_and_by_scrolling(
    visitor: Visitor, tracklift: StandaloneProcess
) -> None:
    """Few rows are made before, whatever is loaded; the way back from a conversion leads to what was found."""
    page = visitor.page
    await visitor.be_signed_in()
    conversion = await visitor.have_converted("one-second")
    fill_library(tracklift.data.path, conversion, total=TOTAL)
    await visitor.open("/library")

    search = page.get_by_role("searchbox")
    await search.fill(f"lecture {TOTAL - 1}")
    await expect(page.locator(".row")).to_have_count(1)
    await page.locator(".row a").first.click()
    await page.wait_for_url("**/conversions/*")
    await page.go_back()
    await expect(search).to_have_value(f"lecture {TOTAL - 1}")
    await expect(page.locator(".row")).to_have_count(1)
    await search.fill("")

    await expect(visitor.row("one-second")).to_be_visible()
    assert await page.locator(".row").count() < TOTAL / 2
    oldest = visitor.row(f"Lecture {TOTAL - 1},")
    while not await oldest.count():
        await page.evaluate(END)
    await expect(oldest).to_be_visible()
    await expect(page.locator(".row")).to_have_count(TOTAL)
