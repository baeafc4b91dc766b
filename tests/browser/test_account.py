"""What users do with their accounts."""

import json
from pathlib import Path
from uuid import uuid4

import pyotp
import pytest
from playwright.async_api import Locator, expect

from tests.browser.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.network
LANGUAGES = ("en", "de", "fr", "es", "ja", "ar")


def section(visitor: Visitor, name: str) -> Locator:
    """Give the part of the page under a heading."""
    return visitor.page.get_by_role("region", name=name, exact=True)


async def sign_out(visitor: Visitor) -> None:
    """Sign out on the page of the account."""
    await visitor.page.locator(".account .head").get_by_role("button", name="Sign out").click()
    await expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def set_up_second_factor(visitor: Visitor) -> tuple[pyotp.TOTP, list[str]]:
    """Set up a second factor as the page says; give what the app shows, and the recovery codes."""
    part = section(visitor, "Second factor")
    await part.get_by_role("button", name="Set up").click()
    await part.get_by_role("textbox", name="Current password").fill(PASSWORD)
    await part.get_by_role("button", name="Continue").click()
    await expect(part.get_by_role("img", name="QR code")).to_be_visible()
    secret = await part.locator("code").text_content()
    app = pyotp.TOTP((secret or "").replace(" ", ""))
    shown = app.now()
    await part.get_by_label("One-time code").fill(f"{shown[:3]} {shown[3:]}")
    await part.get_by_role("button", name="Switch on").click()
    await expect(part.get_by_text("It's on.")).to_be_visible()
    return app, await part.locator("li code").all_text_contents()


async def test_the_button_that_signs_out_keeps_its_words_on_one_line_in_each_language(
    visitor: Visitor,
) -> None:
    """On a narrow phone, beside an address as long as addresses get."""
    visitor.email = f"{'long-address-' * 4}{uuid4().hex[:8]}@example.org"
    page = visitor.page
    await page.set_viewport_size({"width": 320, "height": 640})
    await visitor.come_signed_in("/account")
    button = page.locator(".account .head .button")
    shown: dict[str, str] = {}
    for language in LANGUAGES:
        await page.locator("footer select").select_option(language)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        shown[language] = await button.inner_text()
        lines = await button.evaluate(
            "button => { const range = document.createRange(); range.selectNodeContents(button); "
            "return range.getClientRects().length; }"
        )

        assert lines == 1, shown
        assert await visitor.overflow() <= 0, shown
    assert len({*shown.values()}) == len(LANGUAGES)


async def test_a_second_factor_is_set_up_asked_for_and_switched_off(visitor: Visitor, tmp_path: Path) -> None:
    """The recovery codes are shown once, and can be saved as a file."""
    await visitor.come_signed_in("/account")
    _, codes = await set_up_second_factor(visitor)
    part = section(visitor, "Second factor")
    async with visitor.page.expect_download() as downloading:
        await part.get_by_role("button", name="Download").click()
    await (await downloading.value).save_as(tmp_path / "codes.txt")
    assert (tmp_path / "codes.txt").read_text().split() == codes
    assert len(codes) == 10
    await part.get_by_role("button", name="I've saved them").click()
    await expect(part.get_by_text("Recovery codes left: 10")).to_be_visible()
    await expect(part.get_by_text(codes[0])).to_have_count(0)

    await sign_out(visitor)
    await visitor.fill_in("Sign in")
    await expect(visitor.page.get_by_label("One-time code")).to_be_focused()
    await visitor.page.get_by_label("One-time code").fill(codes[0])
    await visitor.page.get_by_role("button", name="Sign in", exact=True).click()

    await expect(part.get_by_text("Recovery codes left: 9")).to_be_visible()
    await part.get_by_role("button", name="Switch off").click()
    await part.get_by_role("textbox", name="Current password").fill(PASSWORD)
    await part.get_by_label("One-time code").fill(codes[1])
    await part.get_by_role("button", name="Switch off").click()
    await expect(part.get_by_text("is switched off")).to_be_visible()
    await expect(part.get_by_role("button", name="Set up")).to_be_visible()


async def test_a_wrong_first_code_is_told_and_the_secret_stays(visitor: Visitor) -> None:
    await visitor.come_signed_in("/account")
    part = section(visitor, "Second factor")
    await part.get_by_role("button", name="Set up").click()
    await part.get_by_role("textbox", name="Current password").fill(PASSWORD)
    await part.get_by_role("button", name="Continue").click()
    secret = await part.locator("code").text_content()
    await part.get_by_label("One-time code").fill("12345")
    await part.get_by_role("button", name="Switch on").click()

    await expect(part.get_by_role("alert")).to_contain_text("Enter the one your app shows now")
    assert await part.locator("code").text_content() == secret
    assert await visitor.accessibility_problems() == []


async def test_users_download_what_is_stored_about_them_and_delete_it(
    visitor: Visitor, tmp_path: Path
) -> None:
    """A mistyped address deletes nothing, and is told; capital letters don't matter."""
    await visitor.come_signed_in("/account")

    async with visitor.page.expect_download() as downloading:
        await visitor.page.get_by_role("button", name="Download your data").click()
    await (await downloading.value).save_as(tmp_path / "data.json")

    data = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    assert data["account"]["email"] == visitor.email
    assert [session["current"] for session in data["account"]["sessions"]] == [True]
    assert data["conversions"] == []
    await visitor.page.get_by_role("button", name="Delete account").click()
    dialog = visitor.page.get_by_role("dialog", name="Delete your account?")
    await dialog.get_by_role("textbox").fill(visitor.email[1:])
    await dialog.get_by_role("button", name="Delete account").click()
    await expect(dialog.get_by_text(f"This is not {visitor.email}")).to_be_visible()
    await dialog.get_by_role("textbox").fill(visitor.email.upper())
    await dialog.get_by_role("button", name="Delete account").click()
    await expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_another_address_is_mailed_before_it_counts(visitor: Visitor) -> None:
    await visitor.come_signed_in("/account")
    part = section(visitor, "Email address")
    await part.get_by_label("New address").fill(f"new.{visitor.email}")
    await part.get_by_role("textbox", name="Current password").fill(PASSWORD)
    await part.get_by_role("button", name="Change address").click()

    await expect(part.get_by_role("status")).to_contain_text(f"on its way to new.{visitor.email}")
    await expect(visitor.page.locator(".account .head")).to_contain_text(visitor.email)
