"""The whole way by keyboard, and without motion for those whom it disturbs."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.visitor import PASSWORD, Visitor
from tests.media.samples import sample

pytestmark = [pytest.mark.network, pytest.mark.media]
MOST_STOPS = 60
FOCUS = """wanted => {
  const focused = document.activeElement;
  const style = getComputedStyle(focused);
  const marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [focused === wanted, marked || focused === document.body ? "" : focused.outerHTML];
}"""
"""Tells whether an element has the focus, and what has it without being seen to, if anything."""
MOVING = """() => [...document.querySelectorAll("*")].filter((element) => {
  const style = getComputedStyle(element);
  return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
}).length"""


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus; whatever has it on the way can be seen to have it."""
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        is_there, unmarked = await wanted.evaluate(FOCUS)
        assert not unmarked
        if is_there:
            return
    raise AssertionError(f"Tab never gets to {wanted}")


async def stops(page: Page) -> list[str]:
    """Press Tab all the way round from the top of the page, and name what gets the focus."""
    await page.evaluate("document.activeElement?.blur(); getSelection()?.removeAllRanges(); scrollTo(0, 0)")
    found: list[str] = []
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        name = await page.evaluate(
            "document.activeElement === document.body ? '' : document.activeElement.outerHTML"
        )
        if not name or (found and name == found[0]):
            return found
        found.append(name)
    raise AssertionError(f"the focus does not leave {found[-1]}")


async def test_the_keyboard_is_enough_from_signing_up_to_the_mp3(visitor: Visitor, tmp_path: Path) -> None:
    """The focus is always seen, and nothing holds it."""
    page = visitor.page
    # The browser is told so to give choosers to the test; told only when one is awaited, it may hear of the key before.
    page.on("filechooser", lambda _: None)
    await visitor.open()
    await tab_to(page, page.get_by_role("link", name="Skip to content"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    await tab_to(page, page.get_by_label("Email address"))
    await page.keyboard.type(visitor.email)
    await tab_to(page, page.get_by_role("textbox", name="Password"))
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")

    area = page.get_by_role("button", name="Drop videos here")
    await expect(area).to_be_visible()
    assert await stops(page)
    await tab_to(page, area)
    async with page.expect_file_chooser() as choosing:
        await page.keyboard.press("Enter")
    await (await choosing.value).set_files(sample("one-second"))

    row = await visitor.wait_until_ready("one-second")
    await tab_to(page, row.get_by_role("button", name="Download"))
    async with page.expect_download() as downloading:
        await page.keyboard.press("Enter")
    await (await downloading.value).save_as(tmp_path / "audio.mp3")
    assert (tmp_path / "audio.mp3").stat().st_size > 0

    await tab_to(page, row.get_by_role("button", name="Delete"))
    await page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo")
    await tab_to(page, undo)
    await page.keyboard.press("Enter")
    await expect(visitor.row("one-second")).to_be_visible()


async def test_nothing_moves_for_those_who_want_no_motion(visitor: Visitor) -> None:
    """For others, something does."""
    await visitor.be_signed_in()
    await visitor.have_converted("one-second")
    await visitor.open()
    await visitor.wait_until_ready("one-second")
    assert await visitor.page.evaluate(MOVING) > 0

    await visitor.page.emulate_media(reduced_motion="reduce")

    assert await visitor.page.evaluate(MOVING) == 0
