"""Browsers at running services: their sessions while auth goes away and comes back, and the web application in one."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import running_chromium
from tests.browser.files import MUCH_SOUND, video_with_much_sound
from tests.browser.held_line import HeldLine
from tests.browser.visitor import Visitor
from tests.end_to_end.accounts import add_account
from tests.end_to_end.data_folder import text_of
from tests.end_to_end.mailed_links import link_in
from tests.end_to_end.user import PASSWORD
from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.media.samples import sample
from tests.services.stage import Stage

pytestmark = [pytest.mark.network, pytest.mark.kill, pytest.mark.media]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def browser(stage: Stage) -> Iterator[httpx.Client]:
    """Give a browser in which a user has logged in, on a page of the same origin."""
    headers = {"User-Agent": FIREFOX, "Sec-Fetch-Site": "same-origin"}
    email = f"{uuid4().hex}@example.org"
    add_account(stage, email)
    with httpx.Client(base_url=stage.services.address, timeout=PATIENCE, headers=headers) as browser:
        credentials = {"email": email, "password": PASSWORD}
        assert browser.post("/v1/session", json=credentials).status_code == 204
        yield browser


def upload(browser: httpx.Client) -> str:
    """Upload a video, and give the conversion's id."""
    with sample("one-second").open("rb") as video:
        answer = browser.post("/v1/conversions", files={"file": ("talk.mp4", video)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def wait_for_end(browser: httpx.Client, conversion: str) -> None:
    """Read the events of a conversion until it has ended."""
    with browser.stream("GET", f"/v1/conversions/{conversion}/events") as answer:
        answer.raise_for_status().read()


def test_a_browser_goes_on_while_auth_is_down(stage: Stage, browser: httpx.Client) -> None:
    """It uploads, watches and downloads; the session is renewed when auth is back."""
    before = dict(browser.cookies)
    stage.services.auth.kill()

    conversion = upload(browser)
    wait_for_end(browser, conversion)
    assert browser.get(f"/v1/conversions/{conversion}/audio").status_code == 200
    assert browser.post("/v1/session/refresh").status_code == 503
    assert browser.delete("/v1/session").status_code == 503
    assert dict(browser.cookies) == before, "it is still logged in"

    stage.services.auth.launch()
    stage.services.auth.wait_until_ready()
    assert browser.post("/v1/session/refresh").status_code == 204
    assert dict(browser.cookies) != before
    assert browser.get(f"/v1/conversions/{conversion}").status_code == 200


def test_the_account_is_reached_with_the_cookie_alone(browser: httpx.Client) -> None:
    """The gateway passes it on to auth as a token, and the name of the browser with it."""
    (session,) = browser.get("/v1/sessions").raise_for_status().json()["items"]
    assert (session["device"], session["current"]) == ("Firefox on Linux", True)

    made = browser.post("/v1/api-keys", json={"name": "Recorder"}).raise_for_status().json()
    assert browser.delete(f"/v1/api-keys/{made['id']}").status_code == 204
    assert browser.delete("/v1/me", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.delete("/v1/me").status_code == 204


def test_a_log_out_ends_the_session_at_auth(browser: httpx.Client) -> None:
    """What is left is the name of the device, by which it is known at the next log-in."""
    cookies = dict(browser.cookies)
    assert browser.delete("/v1/session").status_code == 204
    assert browser.cookies.keys() == {"tracklift_device"}

    browser.cookies.update(cookies)
    assert browser.post("/v1/session/refresh").status_code == 401


@pytest.fixture
async def chromium(pytestconfig: pytest.Config) -> AsyncIterator[Browser]:
    """Run a real browser."""
    async with running_chromium(whole=pytestconfig.getoption("thorough")) as chromium:
        yield chromium


@pytest.mark.thorough
async def test_a_visitor_signs_up_follows_the_mails_and_downloads_the_mp3(
    stage: Stage, chromium: Browser, tmp_path: Path
) -> None:
    """The link of the first mail verifies the address, that of the second leads to the MP3."""
    async with Visitor.visiting(chromium, stage.services.address) as visitor:
        page = visitor.page
        await visitor.sign_up()
        (greeting,) = await asyncio.to_thread(wait_for, lambda: stage.mails_to(visitor.email), "a mail comes")
        await page.goto(link_in(text_of(greeting.message), "verify-email"))
        await page.get_by_role("button", name="Confirm address").click()
        await page.get_by_role("link", name="Convert a video").click()
        await asyncio.to_thread(wait_for, lambda: stage.knows_verified(visitor.email), "services know it")

        await visitor.choose(sample("one-second"))
        await visitor.wait_until_ready("one-second")
        (mail,) = await asyncio.to_thread(
            wait_for, lambda: stage.mails_about_conversions(visitor.email), "a mail comes"
        )
        link = re.search(r"http://\S+/conversions/\w+", text_of(mail.message))
        assert link is not None
        await page.goto(link.group())
        async with page.expect_download() as downloading:
            await page.get_by_role("button", name="Download MP3").click()
        download = await downloading.value
        await download.save_as(tmp_path / "audio.mp3")

    assert download.suggested_filename == sample("one-second").with_suffix(".mp3").name
    (record,) = visitor.records()
    assert (tmp_path / "audio.mp3").stat().st_size == record["audio"]["size"]


@pytest.mark.thorough
async def test_an_upload_and_the_list_go_on_after_the_gateway_was_killed(
    stage: Stage, chromium: Browser
) -> None:
    async with (
        HeldLine(stage.services.address, after=1_000_000) as line,
        Visitor.visiting(chromium, line.address) as visitor,
    ):
        await visitor.sign_up()
        await visitor.choose(video_with_much_sound())
        await line.wait_until_held()

        stage.services.gateway.kill()
        await expect(visitor.row(MUCH_SOUND)).to_contain_text("The upload will resume by itself")
        line.release()
        await asyncio.to_thread(stage.restore)

        await visitor.wait_until_ready(MUCH_SOUND)
        (record,) = visitor.records(stage.services.address)
        assert record["state"] == "completed"
        await expect(visitor.page.get_by_text("The connection was lost")).to_have_count(0)
