"""What operators see of all conversions, and how they put dead letters back."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.dead_letters import REASON, leave_dead_letters
from tests.browser.visitor import Visitor
from tests.end_to_end.accounts import new_user, signed_in_user
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.user import User
from tests.media.samples import sample
from tests.selection import thorough

pytestmark = [pytest.mark.network, pytest.mark.media]
SECRET = "plans that are nobody else's business.mp4"


@pytest.fixture(scope="module")
def bob(tracklift: StandaloneProcess) -> Iterator[User]:
    """Give another user, one of whose videos could be converted and one not."""
    bob = new_user(tracklift.data, tracklift.address, f"bob.{uuid4().hex}@example.org")
    for name in ("no-audio", "one-second"):
        bob.wait_for_end(bob.upload(sample(name), name=SECRET))
    yield bob
    bob.http.close()


def count(visitor: Visitor, state: str) -> Locator:
    """Give the button that counts a state, and shows it alone."""
    return (
        visitor.page.get_by_role("list", name="Show one state only")
        .get_by_role("button")
        .filter(has_text=state)
    )


async def test_an_operator_sees_states_and_reasons_but_neither_names_nor_users(
    visitor: Visitor, bob: User
) -> None:
    ready, failed = bob.records()
    page = visitor.page
    await visitor.come_signed_in(role="operator")

    await page.get_by_role("link", name="Operations").click()

    await expect(page.get_by_role("heading", name="Conversions")).to_be_visible()
    await expect(page.get_by_role("link", name="Users")).to_have_count(0)
    row = page.locator(".row", has_text=failed["id"])
    await expect(row).to_contain_text("Failed")
    await expect(row).to_contain_text("The video has no sound.")
    await expect(row).to_contain_text("no_audio_track")
    await expect(row.get_by_role("link")).to_have_count(0)
    await expect(page.locator(".row", has_text=ready["id"])).to_contain_text("0:01")
    text = await page.content()
    assert SECRET not in text
    assert bob.email not in text


async def test_one_state_is_shown_alone_and_then_all_again(visitor: Visitor, bob: User) -> None:
    ready, failed = bob.records()
    page = visitor.page
    await visitor.come_signed_in("/admin/conversions", "operator")
    await expect(count(visitor, "Failed")).to_contain_text("Oldest:")

    await count(visitor, "Failed").click()
    await expect(page.locator(".row", has_text=ready["id"])).to_have_count(0)
    await expect(page.locator(".row", has_text=failed["id"])).to_have_count(1)
    await expect(count(visitor, "Failed")).to_have_attribute("aria-pressed", "true")
    await count(visitor, "Cancelled").click()
    await expect(page.get_by_text("No conversion is in this state.")).to_be_visible()
    await count(visitor, "Cancelled").click()
    await expect(page.locator(".row", has_text=ready["id"])).to_have_count(1)


async def test_what_happens_meanwhile_appears_by_itself(
    visitor: Visitor, tracklift: StandaloneProcess, bob: User
) -> None:
    page = visitor.page
    await page.clock.install()
    await visitor.come_signed_in("/admin/conversions", "operator")
    await expect(page.locator(".row", has_text=bob.records()[0]["id"])).to_have_count(1)
    user = signed_in_user(tracklift.data, tracklift.address, visitor.email)
    newest = user.upload(sample("no-audio"))
    user.wait_for_end(newest)
    user.http.close()
    await expect(page.locator(".row", has_text=newest)).to_have_count(0)

    await page.clock.fast_forward(11_000)

    await expect(page.locator(".row", has_text=newest)).to_have_count(1)


async def test_an_admin_is_led_from_a_conversion_to_its_user(visitor: Visitor, bob: User) -> None:
    ready, _ = bob.records()
    page = visitor.page
    await visitor.come_signed_in("/admin", "admin")
    await page.get_by_role("link", name="Conversions").click()

    await page.locator(".row", has_text=ready["id"]).get_by_role("link").click()

    dialog = page.get_by_role("dialog", name=bob.email)
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_have_count(0)
    await page.wait_for_url(f"{visitor.address}/admin")


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/admin/conversions", "**/v1/admin/conversion-states"),
        *thorough([("/admin/dead-letters", "**/v1/admin/dead-letters*")]),
    ],
)
async def test_what_can_not_be_loaded_is_said_and_loaded_at_the_next_try(
    visitor: Visitor, path: str, route: str
) -> None:
    page = visitor.page
    problem = {"code": "service_unavailable", "status": 503, "title": "Service Unavailable"}

    async def refuse(asked: Route) -> None:
        await asked.fulfill(status=503, json=problem, headers={"Content-Type": "application/problem+json"})

    await visitor.be_signed_in("operator")
    await page.route(route, refuse)
    await visitor.open(path)
    await expect(page.get_by_text("A part of Tracklift is down right now.")).to_be_visible()
    assert await visitor.accessibility_problems() == []
    await page.unroute(route)

    await page.get_by_role("button", name="Try again").click()

    await expect(page.get_by_text("A part of Tracklift is down right now.")).to_have_count(0)
    await expect(page.get_by_text("As of")).to_be_visible()


class TestDeadLetters:
    @pytest.fixture
    def subjects(self, tracklift: StandaloneProcess) -> list[str]:
        """Leave three dead letters, and name what they are about."""
        subjects = [uuid4().hex for _ in range(3)]
        leave_dead_letters(tracklift.data.path, subjects)
        return subjects

    async def test_one_is_put_back_by_its_button_and_all_that_are_shown_after_a_question(
        self, visitor: Visitor, tracklift: StandaloneProcess, subjects: list[str]
    ) -> None:
        page = visitor.page
        await visitor.come_signed_in("/admin/conversions", "operator")
        await page.get_by_role("link", name="Dead letters").click()
        row = page.locator(".row", has_text=subjects[0])
        await expect(row).to_contain_text("Deleted users")
        await expect(row).to_contain_text(REASON)
        await expect(row).to_contain_text("2 hours ago")

        await row.get_by_role("button", name="Put back").click()
        await expect(page.get_by_text("1 is back in its queue.")).to_be_visible()
        await expect(row).to_have_count(0)
        await expect(page.locator(".row", has_text=subjects[1])).to_have_count(1)

        await page.get_by_role("button", name="Put all").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Back", exact=True).click()
        await expect(page.locator(".row", has_text=subjects[1])).to_have_count(1)
        await page.get_by_role("button", name="Put all").click()
        assert await visitor.accessibility_problems() == []
        await dialog.get_by_role("button", name="Put all").click()

        await expect(page.get_by_text("Every event was handled.")).to_be_visible()
        assert not {row["id"] for row in tracklift.data.rows("dead_letters")}
        await expect(page.get_by_role("heading", name="Dead letters")).to_be_focused()

    async def test_one_that_was_put_back_elsewhere_meanwhile_goes_without_a_word_of_failure(
        self, visitor: Visitor, subjects: list[str]
    ) -> None:
        page = visitor.page
        await visitor.come_signed_in("/admin/dead-letters", "operator")
        row = page.locator(".row", has_text=subjects[0])
        other = await page.context.new_page()
        await other.goto(page.url)
        await other.locator(".row", has_text=subjects[0]).get_by_role("button").click()
        await expect(other.get_by_text("1 is back in its queue.")).to_be_visible()

        await row.get_by_role("button").click()

        await expect(row).to_have_count(0)
        await expect(page.get_by_role("alert")).to_have_count(0)

    async def test_where_the_second_of_three_fails_the_first_is_told_and_the_rest_stays(
        self, visitor: Visitor, subjects: list[str]
    ) -> None:
        page = visitor.page
        asked: list[str] = []

        async def refuse_the_second(route: Route) -> None:
            asked.append(route.request.url)
            if len(asked) == 2:
                await route.fulfill(status=503, json={"code": "service_unavailable", "status": 503})
            else:
                await route.continue_()

        await visitor.come_signed_in("/admin/dead-letters", "operator")
        await expect(page.locator(".row", has_text=subjects[2])).to_have_count(1)
        await page.route("**/redrive", refuse_the_second)
        await page.get_by_role("button", name="Put all").click()

        await page.get_by_role("dialog").get_by_role("button", name="Put all").click()

        await expect(page.get_by_role("alert")).to_contain_text("A part of Tracklift is down right now.")
        await expect(page.get_by_text("1 is back in its queue.")).to_be_visible()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert len(asked) == 2
