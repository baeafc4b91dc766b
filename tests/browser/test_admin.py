"""What admins do with users, and what other users see of it: nothing."""

from uuid import uuid4

import pyotp
import pytest
from playwright.async_api import Locator, expect

from tests.browser.visitor import PASSWORD, Visitor
from tests.end_to_end.accounts import add_account, signed_in_user
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.user import User

pytestmark = pytest.mark.network


@pytest.fixture
def bob(tracklift: StandaloneProcess) -> str:
    """Give the address of another user."""
    email = f"bob.{uuid4().hex}@example.org"
    add_account(tracklift.data, email)
    return email


async def become_admin(visitor: Visitor) -> None:
    """Become an admin, and open the page for admins."""
    await visitor.come_signed_in("/admin", "admin")
    await expect(visitor.page.get_by_role("heading", name="Users")).to_be_visible()


async def choose(visitor: Visitor, email: str) -> Locator:
    """Search for a user, and open what can be done with one."""
    await visitor.page.get_by_role("searchbox").fill(email)
    await expect(visitor.page.locator(".admin li")).to_have_count(1)
    await visitor.page.get_by_role("button", name=f"Manage {email}").click()
    return visitor.page.get_by_role("dialog", name=email)


async def test_an_admin_disables_enables_and_deletes_a_user_who_is_named_each_time(
    visitor: Visitor, bob: str
) -> None:
    """On the page to which the menu leads."""
    await visitor.come_signed_in(role="admin")
    await visitor.page.get_by_role("link", name="Admin").click()
    await expect(visitor.page.get_by_role("heading", name="Users")).to_be_visible()
    row = visitor.page.locator(".admin li", has_text=bob)

    dialog = await choose(visitor, bob)
    await dialog.get_by_role("button", name="Disable").click()
    await expect(dialog).to_contain_text(f"Disable {bob}?")
    assert await visitor.accessibility_problems() == []
    await dialog.get_by_role("button", name=f"Yes: {bob}").click()
    await expect(row).to_contain_text("Disabled")

    dialog = await choose(visitor, bob)
    await dialog.get_by_role("button", name="Enable").click()
    await expect(row).not_to_contain_text("Disabled")

    dialog = await choose(visitor, bob)
    await dialog.get_by_role("button", name="Delete").click()
    await dialog.get_by_role("button", name="Back").click()
    await dialog.get_by_role("button", name="Delete").click()
    await expect(dialog).to_contain_text(f"Delete {bob}?")
    await dialog.get_by_role("button", name=f"Yes: {bob}").click()
    await expect(visitor.page.get_by_text(f"{bob} has been deleted.")).to_be_visible()
    await expect(row).to_have_count(0)


async def test_an_admin_gives_a_role_and_mails_a_link(visitor: Visitor, bob: str) -> None:
    await become_admin(visitor)
    dialog = await choose(visitor, bob)
    await dialog.get_by_label("Role").select_option("Operator")
    await dialog.get_by_role("button", name="Change role").click()
    await dialog.get_by_role("button", name=f"Yes: {bob}").click()
    await expect(visitor.page.locator(".admin li", has_text=bob)).to_contain_text("Operator")

    dialog = await choose(visitor, bob)
    await dialog.get_by_role("button", name="Email a link").click()
    await expect(visitor.page.get_by_text(f"An email is on its way to {bob}.")).to_be_visible()


async def test_an_admin_makes_and_invites_users(visitor: Visitor, tracklift: StandaloneProcess) -> None:
    """An address that is known is said to be so, and what was typed stays."""
    await become_admin(visitor)
    form = visitor.page.locator(".admin form")
    new, invited = (f"{name}.{uuid4().hex}@example.org" for name in ("new", "invited"))
    await visitor.page.get_by_text("Add user").first.click()

    await form.get_by_label("Email address").fill(new)
    await form.get_by_role("textbox", name="Password").fill(PASSWORD)
    await form.get_by_role("button", name="Add user").click()
    await expect(visitor.page.get_by_text(f"{new} can sign in now.")).to_be_visible()
    User(tracklift.address, new).log_in().http.close()

    await form.get_by_label("Email address").fill(invited)
    await form.get_by_role("button", name="Add user").click()
    await expect(visitor.page.get_by_text(f"An invitation is on its way to {invited}.")).to_be_visible()
    await expect(visitor.page.locator(".admin li", has_text=invited)).to_contain_text("No password")

    await form.get_by_label("Email address").fill(new)
    await form.get_by_role("button", name="Add user").click()
    await expect(form.get_by_role("alert")).to_contain_text("There is already a user with this address")
    await expect(form.get_by_label("Email address")).to_have_value(new)


async def test_an_admin_sees_what_a_user_has_used_and_sets_other_limits(
    visitor: Visitor, tracklift: StandaloneProcess, bob: str
) -> None:
    """What is no number is said at its field; an empty field is the limit of all users again."""
    await become_admin(visitor)
    dialog = await choose(visitor, bob)
    await expect(dialog.get_by_role("list", name="Limits")).to_contain_text("0 of 100")
    await dialog.get_by_role("button", name="Change limits").click()

    await dialog.get_by_label("Videos and MP3s, in GB").fill("1,5")
    await dialog.get_by_label("Minutes of audio per month").fill("ten")
    await dialog.get_by_role("button", name="Save limits").click()
    await expect(dialog.get_by_label("Minutes of audio per month")).to_have_accessible_description(
        "Enter a whole number such as 100, or leave it empty."
    )
    assert await visitor.accessibility_problems() == []
    await dialog.get_by_label("Minutes of audio per month").fill("10")
    await dialog.get_by_role("button", name="Save limits").click()
    await expect(visitor.page.get_by_text(f"The limits of {bob} have been changed.")).to_be_visible()

    # The limits come to where they are heeded by an event.
    await wait_for_limits(visitor, bob, "1.5 GB", "10")
    dialog = visitor.page.get_by_role("dialog", name=bob)
    await expect(dialog.get_by_role("list", name="Limits")).to_contain_text("set for this user")
    await dialog.get_by_role("button", name="Change limits").click()
    await expect(dialog.get_by_label("Videos and MP3s, in GB")).to_have_value("1.5")
    await dialog.get_by_label("Videos and MP3s, in GB").fill("")
    await dialog.get_by_role("button", name="Save limits").click()
    user = signed_in_user(tracklift.data, tracklift.address, visitor.email)
    (found,) = user.http.get("/v1/admin/users", params={"search": bob}).json()["items"]
    user.http.close()
    assert (found["quota"]["stored_bytes"], found["quota"]["audio_minutes"]) == (None, 10)


async def wait_for_limits(visitor: Visitor, email: str, *limits: str) -> None:
    """Open a user until these limits are shown."""
    for _ in range(100):
        await visitor.page.get_by_role("button", name=f"Manage {email}").click()
        shown = visitor.page.get_by_role("dialog", name=email).get_by_role("list", name="Limits")
        text = await shown.inner_text()
        if all(f"of {limit}" in text for limit in limits):
            return
        await visitor.page.get_by_role("dialog", name=email).get_by_role("button", name="Close").click()
    raise AssertionError(f"{limits} are not shown, but {text}")


async def test_an_admin_removes_the_second_factor_of_a_user_who_has_lost_it(
    visitor: Visitor, tracklift: StandaloneProcess, bob: str
) -> None:
    """There is no button for those who have none."""
    await become_admin(visitor)
    dialog = await choose(visitor, bob)
    await expect(dialog.get_by_role("list", name="Limits")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Remove second factor")).to_have_count(0)
    await dialog.get_by_role("button", name="Close").click()
    user = signed_in_user(tracklift.data, tracklift.address, bob)
    begun = user.http.post("/v1/me/second-factor", json={"password": PASSWORD}).raise_for_status().json()
    code = pyotp.TOTP(begun["secret"]).now()
    user.http.post("/v1/me/second-factor/confirm", json={"code": code}).raise_for_status()
    dialog = await choose(visitor, bob)

    await dialog.get_by_role("button", name="Remove second factor").click()
    await expect(dialog).to_contain_text(f"Remove the second factor of {bob}?")
    await dialog.get_by_role("button", name=f"Yes: {bob}").click()

    await expect(visitor.page.get_by_text(f"{bob} now signs in with the password alone")).to_be_visible()
    user.log_in().http.close()
    await visitor.page.get_by_role("button", name=f"Manage {bob}").click()
    await expect(dialog.get_by_role("list", name="Limits")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Remove second factor")).to_have_count(0)


async def test_admins_are_kept_from_their_own_accounts(visitor: Visitor) -> None:
    await become_admin(visitor)

    dialog = await choose(visitor, visitor.email)

    await expect(dialog).to_contain_text("your own account")
    await expect(dialog.get_by_role("button")).to_have_text(["Change limits", "Close"])


async def test_other_users_neither_see_nor_load_the_pages_for_admins(visitor: Visitor) -> None:
    await visitor.come_signed_in()
    loaded: list[str] = []
    visitor.page.on("request", lambda request: loaded.append(request.url))

    for path in ("/admin", "/admin/conversions", "/admin/dead-letters"):
        loaded.clear()
        await visitor.open(path)

        await expect(visitor.page.get_by_role("heading", name="Page not found")).to_be_visible()
        await expect(visitor.page.get_by_role("link", name="Admin")).to_have_count(0)
        await expect(visitor.page.get_by_role("link", name="Operations")).to_have_count(0)
        own = f"{visitor.address}{path}"
        assert own in loaded
        theirs = ("admin", "operation", "states", "letters")
        named = [url.lower().replace(own, "") for url in loaded]
        assert [url for url in named if any(name in url for name in theirs)] == []
