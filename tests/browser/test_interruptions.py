"""What happens to people: the line breaks, another tab signs out, the session ends."""

import pytest
from playwright.async_api import Route, expect

from tests.browser.visitor import PASSWORD, Visitor
from tests.media.samples import sample

pytestmark = [pytest.mark.network, pytest.mark.media]


async def test_an_upload_without_a_connection_goes_on_once_there_is_one(visitor: Visitor) -> None:
    """Files that are chosen meanwhile are kept, and the list follows again by itself."""
    await visitor.come_signed_in()
    await visitor.choose(sample("no-audio"))
    await expect(visitor.row("no-audio")).to_contain_text("no sound")

    await visitor.context.set_offline(True)
    await visitor.choose(sample("one-second"))
    await expect(visitor.row("one-second")).to_contain_text("The upload will resume by itself")
    await visitor.context.set_offline(False)

    await visitor.wait_until_ready("one-second")
    await expect(visitor.page.get_by_text("The connection was lost")).to_have_count(0)


@pytest.mark.thorough
async def test_a_second_tab_that_signs_out_signs_out_the_first(visitor: Visitor) -> None:
    await visitor.come_signed_in()
    second = await visitor.context.new_page()
    await second.goto(f"{visitor.address}/account")

    await second.get_by_role("button", name="Sign out", exact=True).first.click()

    await expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.thorough
async def test_an_ended_session_asks_for_the_password_and_keeps_what_waits(visitor: Visitor) -> None:
    """A file that is chosen then is sent once somebody is signed in again."""
    await visitor.come_signed_in()
    await visitor.context.clear_cookies()
    await visitor.choose(sample("one-second"))

    dialog = visitor.page.get_by_role("dialog", name="Sign in again")
    await dialog.get_by_role("textbox", name="Password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Sign in").click()

    await expect(dialog).to_be_hidden()
    await visitor.wait_until_ready("one-second")


async def test_a_broken_stream_of_events_is_opened_again(visitor: Visitor) -> None:
    """What it said that can't be read does no harm, and nobody is told of it."""
    broken: list[Route] = []

    async def garble(route: Route) -> None:
        broken.append(route)
        body = 'event: progress\ndata: nonsense\n\nevent: state\ndata: {"id": "half'
        await route.fulfill(content_type="text/event-stream", body=body)

    await visitor.page.route("**/v1/events", garble, times=2)
    await visitor.come_signed_in()
    await visitor.choose(sample("one-second"))

    await visitor.wait_until_ready("one-second")
    assert len(broken) == 2
    await expect(visitor.page.get_by_text("The connection was lost")).to_have_count(0)


async def test_two_tabs_follow_a_conversion(visitor: Visitor) -> None:
    """One of them holds the stream of events, and tells the other."""
    await visitor.come_signed_in()
    second = await visitor.context.new_page()
    await second.goto(f"{visitor.address}/library")
    await expect(second.get_by_text("Nothing here yet")).to_be_visible()

    await visitor.choose(sample("one-second"))

    await expect(second.get_by_role("button", name="Download")).to_be_visible()
