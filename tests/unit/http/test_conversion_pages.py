"""The link in a mail leads to a page on which people sign in, see their conversion and download its MP3."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.contracts.examples import BOB, NOW, conversion_id
from tests.html_page import HtmlPage
from tests.unit.http.backstage import PASSWORD, Backstage
from tracklift_adapters.http.rate_limits import RateLimit
from tracklift_domain.conversion.conversion import ConversionState, SourceVideo
from tracklift_domain.conversion.conversion_update import ConversionUpdate
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.progress import Progress

PAGE = f"/conversions/{conversion_id(1)}"
CREDENTIALS = {"email": "ada@example.org", "password": PASSWORD}
HOSTILE = '"><script>alert(1)</script>&amp;.mp4'


class Page(HtmlPage):
    """A page whose forms can be sent in the process."""

    async def press(self, client: httpx.AsyncClient, button: str, **fields: str) -> httpx.Response:
        """Send the form of a button as a browser does."""
        action, given = self.forms[button]
        return await client.post(action, data={**given, **fields})


@pytest.fixture
def browser(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give a client that is answered with pages, also when it is refused."""
    client.event_hooks = {}
    client.headers["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
    return client


async def sign_in(browser: httpx.AsyncClient, path: str = PAGE, **fields: str) -> Page:
    """Open a page, fill in its form and send it."""
    return Page(await Page(await browser.get(path)).press(browser, "Sign in", **{**CREDENTIALS, **fields}))


async def test_a_user_who_signs_in_gets_the_mp3(browser: httpx.AsyncClient, backstage: Backstage) -> None:
    """As an attachment with its name, from a page that says what it is."""
    await backstage.add_completed(b"an MP3", video_name="My talk.mp4")

    page = await sign_in(browser)
    audio = await page.press(browser, "Download the MP3")

    assert page.answer.status_code == 200
    assert "My talk.mp4" in page.text
    assert "The MP3 is ready: 0:12, 192 kbit/s, 6 bytes." in page.text
    assert "It can be downloaded until 2026-02-04 04:05 UTC." in page.text
    assert (audio.status_code, audio.content) == (200, b"an MP3")
    assert audio.headers["Content-Type"] == "audio/mpeg"
    assert audio.headers["Content-Length"] == "6"
    assert audio.headers["Content-Disposition"].startswith('attachment; filename="My talk.mp3"')


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (ConversionState.UPLOADING, "The video is being uploaded."),
        (ConversionState.QUEUED, "The video waits to be converted."),
        (ConversionState.CONVERTING, "The video is being converted."),
        (ConversionState.CANCELLED, "The conversion was cancelled."),
        (ConversionState.EXPIRED, "The MP3 has expired and was deleted."),
    ],
)
async def test_a_conversion_without_an_mp3_says_how_it_stands(
    browser: httpx.AsyncClient, backstage: Backstage, state: ConversionState, said: str
) -> None:
    await backstage.add_conversion(state=state)

    page = await sign_in(browser)

    assert page.answer.status_code == 200
    assert said in page.text
    assert "Download the MP3" not in page.forms
    assert ("Check again" in page.forms) == state.is_active


async def test_progress_is_shown_and_can_be_looked_at_again(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    """Without signing in again."""
    conversion = await backstage.add_conversion(state=ConversionState.CONVERTING)
    page = await sign_in(browser)
    assert "0 %" in page.text

    update = ConversionUpdate.of(conversion, Progress(0.427, remaining=83.2))
    await backstage.feed.publish(update)
    page = Page(await page.press(browser, "Check again"))

    assert "42 %, 1:23 left" in page.text
    assert {"id": "progress", "max": "100", "value": "42"} in page.attributes
    assert str(page.answer.url).endswith(f"{PAGE}/status")
    assert "Check again" in page.forms


@pytest.mark.parametrize("state", [ConversionState.FAILED, ConversionState.QUEUED])
async def test_a_failure_is_told_with_its_reason(
    browser: httpx.AsyncClient, backstage: Backstage, state: ConversionState
) -> None:
    """Also that of an attempt after which there will be another one. Reasons are escaped."""
    failure = Failure(FailureCode.NOT_A_VIDEO, "This is <b>no</b> video: choose an MP4 video.")
    await backstage.add_conversion(state=state, failure=failure)

    page = await sign_in(browser)

    assert "This is <b>no</b> video: choose an MP4 video." in page.text
    assert "b" not in page.tags


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org", "no address", '"><script>', ""])
async def test_a_wrong_password_is_told_and_can_be_corrected(
    browser: httpx.AsyncClient, backstage: Backstage, email: str
) -> None:
    """Which of the two is wrong is not said, and the address stays in its field."""
    await backstage.add_completed()

    for path in (PAGE, "/"):
        page = await sign_in(browser, path, email=email, password="wrong")
        assert page.answer.status_code == 400
        assert "The e-mail address or the password is wrong." in page.text
        assert page.forms["Sign in"][1] == {"email": email, "password": ""}
        assert "script" not in page.tags
        assert [each["aria-describedby"] for each in page.attributes if "aria-invalid" in each] == [
            "problem",
            "problem",
        ]
        again = Page(await page.press(browser, "Sign in", **CREDENTIALS))
        assert again.answer.status_code == 200


@pytest.mark.parametrize("of_bob", [True, False], ids=["of another user", "unknown"])
async def test_a_conversion_of_another_account_is_told_like_an_unknown_one(
    browser: httpx.AsyncClient, backstage: Backstage, *, of_bob: bool
) -> None:
    """Before signing in, nothing is told of it; afterwards, that this account has no such conversion."""
    if of_bob:
        await backstage.add_completed(owner_id=BOB)

    assert (await browser.get(PAGE)).status_code == 200
    page = await sign_in(browser)

    assert page.answer.status_code == 404
    assert "There is no such conversion in this account." in page.text
    assert page.links["Sign in with another account"].endswith(PAGE)
    assert "There are none yet." in Page(await page.press(browser, "All conversions")).text


@pytest.mark.parametrize("name", ["x", "0" * 31, "0" * 33, "A" * 32, "ä" * 32, "<script>", "..", "%00"])
@pytest.mark.parametrize("part", ["", "/status", "/audio"])
async def test_a_malformed_id_is_answered_with_a_page(
    browser: httpx.AsyncClient, name: str, part: str
) -> None:
    path = f"/conversions/{name}{part}"
    if ".." in name:
        path = path.replace("..", "%2e%2e")
    for answer in (await browser.get(path), await browser.post(path, data=CREDENTIALS)):
        assert answer.status_code == 404
        page = Page(answer)
        assert "There is no page at this address" in page.text
        assert "script" not in page.tags


async def test_names_of_videos_are_escaped(browser: httpx.AsyncClient, backstage: Backstage) -> None:
    """The name of an uploaded file may be any text."""
    await backstage.add_completed(video_name=HOSTILE)

    one = await sign_in(browser)
    several = Page(await one.press(browser, "All conversions"))

    for page in (one, several):
        assert HOSTILE in page.text
        assert "script" not in page.tags


async def test_a_token_that_has_expired_or_is_none_leads_to_the_form(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_completed()
    page = await sign_in(browser)
    backstage.clock.advance(timedelta(hours=1))

    for token in (None, "", "forged", "żółw\N{NULL}", "x" * 10_000):
        given = {} if token is None else {"access_token": token}
        for button in ("Download the MP3", "All conversions"):
            again = Page(await page.press(browser, button, **given))
            assert again.answer.status_code == 403
            assert "sign in again" in again.text
            assert "Sign in" in again.forms

    again = Page(await page.press(browser, "Download the MP3"))
    assert "Download the MP3" in Page(await again.press(browser, "Sign in", **CREDENTIALS)).forms


async def test_an_mp3_that_is_gone_by_now_is_told(browser: httpx.AsyncClient, backstage: Backstage) -> None:
    """Expired since the page was opened, deleted, or lost."""
    conversion = await backstage.add_completed()
    page = await sign_in(browser)

    assert conversion.audio is not None
    await backstage.media.delete(conversion.audio.media_id)
    lost = Page(await page.press(browser, "Download the MP3"))
    assert lost.answer.status_code == 410
    assert "The file was damaged in our storage" in lost.text

    expired = replace(conversion, state=ConversionState.EXPIRED, audio=None, revision=conversion.revision + 1)
    await backstage.conversions.replace(expired)
    assert "The MP3 has expired" in Page(await page.press(browser, "Download the MP3")).text


async def test_the_start_page_lists_conversions_newest_first(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    """Twenty at once, each with its page."""
    for number in range(1, 24):
        await backstage.add_conversion(number, source=SourceVideo(name=f"talk {number}.mp4"))

    first = await sign_in(browser, "/")
    second = Page(await first.press(browser, "Older conversions"))
    one = Page(await second.press(browser, "talk 1.mp4"))

    assert [name for name in first.forms if "talk" in name] == [f"talk {n}.mp4" for n in range(23, 3, -1)]
    assert [name for name in second.forms if "talk" in name] == [f"talk {n}.mp4" for n in range(3, 0, -1)]
    assert "Older conversions" not in second.forms
    assert "The video waits to be converted." in one.text
    assert "Waiting to be converted, 2026-02-03 04:05 UTC" in first.text
    assert first.links["Documentation of the interface"].endswith("tracklift.test/docs")


async def test_a_cursor_that_was_made_up_is_a_page_that_says_so(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_conversion()
    page = await sign_in(browser, "/")
    token = page.forms["talk.mp4"][1]["access_token"]

    answer = await browser.post("/conversions", data={"access_token": token, "cursor": "made up"})

    assert answer.status_code == 400
    assert "begin without one" in Page(answer).text


@pytest.mark.parametrize(
    ("path", "target"),
    [("/conversions", "/"), (f"{PAGE}/status", PAGE), (f"{PAGE}/audio", PAGE)],
)
async def test_the_address_of_a_form_can_be_opened_too(
    browser: httpx.AsyncClient, path: str, target: str
) -> None:
    """It is in the browser's address bar, and leads to where one signs in."""
    answer = await browser.get(path, follow_redirects=True)

    assert (answer.status_code, answer.url.path) == (200, target)
    assert "Sign in" in Page(answer).forms


async def test_pages_may_stand_below_a_path_of_a_proxy(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    """No link or form begins with a slash."""
    await backstage.add_completed()
    one = await sign_in(browser)
    for page in (Page(await browser.get("/")), one, Page(await one.press(browser, "All conversions"))):
        addresses = re.findall(r'(?:href|action)="([^"]*)"', page.answer.text)
        assert addresses
        assert not [address for address in addresses if address.startswith(("/", "http"))]


async def test_a_page_is_kept_private_and_runs_nothing(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    """It is stored nowhere, since it holds a token, and every field has a label."""
    await backstage.add_completed()
    for page in (Page(await browser.get("/")), Page(await browser.get(PAGE)), await sign_in(browser)):
        policy = page.answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "form-action 'self'" in policy
        assert page.answer.headers["Cache-Control"] == "no-store"
        assert page.answer.headers["X-Robots-Tag"] == "noindex"
        assert page.answer.text.startswith('<!doctype html>\n<html lang="en">')
        assert {"title", "h1"} <= set(page.tags)
        assert not {"script", "iframe", "img", "link"} & set(page.tags)
        assert not [each for each in page.attributes if "style" in each or any(n[:2] == "on" for n in each)]
        labelled = {each["for"] for each in page.attributes if "for" in each}
        fields = {each["id"] for each in page.attributes if "id" in each and each["id"] != "problem"}
        assert labelled == fields


async def test_no_token_is_in_an_address(browser: httpx.AsyncClient, backstage: Backstage) -> None:
    await backstage.add_completed()
    page = await sign_in(browser)
    token = page.forms["All conversions"][1]["access_token"]

    assert token
    assert not [action for action, _ in page.forms.values() if token in action or "?" in action]


@pytest.mark.parametrize("path", ["/", PAGE, f"{PAGE}/audio", "/conversions/x"])
async def test_a_program_that_asks_for_json_is_told_in_json(client: httpx.AsyncClient, path: str) -> None:
    """It has forgotten the /v1 of the interface."""
    answer = await client.get(path, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_form_of_another_kind_is_refused(browser: httpx.AsyncClient) -> None:
    for path in ("/", PAGE, f"{PAGE}/status", f"{PAGE}/audio", "/conversions"):
        answer = await browser.post(path, json=CREDENTIALS)
        assert answer.status_code == 415
        assert "Send the body with" in Page(answer).text


async def test_a_storage_that_is_down_is_told_on_a_page(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.conversion_storage.error = ServiceUnavailableError("MongoDB", "the secret host is down")

    page = await sign_in(browser)

    assert page.answer.status_code == 503
    assert page.answer.headers["Retry-After"]
    assert "not available right now" in page.text
    assert "secret" not in page.text


class TestGuessing:
    @pytest.fixture
    def backstage(self) -> Backstage:
        return Backstage(rate_limits={"token": RateLimit(2)})

    async def test_guesses_at_passwords_are_limited(
        self, browser: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        """Pages share the limit of the token endpoint, and checking a conversion does not count."""
        await backstage.add_conversion()
        page = await sign_in(browser)
        for _ in range(5):
            page = Page(await page.press(browser, "Check again"))
            assert page.answer.status_code == 200
        form: dict[str, Any] = {"grant_type": "password", "username": "ada@example.org", "password": "wrong"}
        assert (await browser.post("/v1/token", data=form)).status_code == 400

        refused = await sign_in(browser)

        assert refused.answer.status_code == 429
        assert refused.answer.headers["Retry-After"]
        assert "too often" in refused.text


async def test_signing_in_leaves_no_session(browser: httpx.AsyncClient, backstage: Backstage) -> None:
    """A page renews nothing, so nothing would ever end it."""
    page = await sign_in(browser, "/")

    assert "Your conversions" in page.text
    assert await backstage.sessions.remove_expired(NOW + timedelta(days=1000)) == 0
