"""A browser's session at running services, while auth goes away and comes back."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.user import PASSWORD
from tests.end_to_end.waiting import PATIENCE
from tests.media.samples import sample
from tests.services.stage import Stage

pytestmark = [pytest.mark.network, pytest.mark.kill, pytest.mark.media]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def browser(stage: Stage) -> Iterator[httpx.Client]:
    """Give a browser in which a user has signed up and logged in, on a page of the same origin."""
    headers = {"User-Agent": FIREFOX, "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=stage.services.address, timeout=PATIENCE, headers=headers) as browser:
        credentials = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
        browser.post("/v1/users", json=credentials).raise_for_status()
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
    cookies = dict(browser.cookies)
    assert browser.delete("/v1/session").status_code == 204
    assert dict(browser.cookies) == {}

    browser.cookies.update(cookies)
    assert browser.post("/v1/session/refresh").status_code == 401
