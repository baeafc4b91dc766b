"""Browsers log in with cookies, which other sites can't use."""

import asyncio
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PASSWORD, Backstage
from tracklift_domain.user.api_key.api_key import write_api_key

CREDENTIALS = {"email": "ada@example.org", "password": PASSWORD}
ACCESS, REFRESH = "tracklift_access", "tracklift_refresh"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
OTHER_SITES: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://tracklift.test"},
    {"Origin": "http://evil.test"},
    {"Origin": "https://tracklift.test"},
    {"Origin": "http://tracklift.test:81"},
    {"Origin": "http://tracklift.test.evil.test"},
    {"Origin": "null"},
    {"Origin": ""},
]
SILENT: list[dict[str, str]] = [{}, {"Referer": "http://tracklift.test/"}]
"""What no browser of today sends with a request that changes something."""


@pytest.fixture
async def browser(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give a browser in which Ada is logged in, on a page of Tracklift's own."""
    client.headers.update(SAME_ORIGIN)
    answer = await client.post("/v1/session", json=CREDENTIALS)
    assert answer.status_code == 204
    return client


def cookies_of(answer: httpx.Response) -> dict[str, Morsel[str]]:
    """Read the cookies that an answer sets."""
    cookies: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("Set-Cookie"):
        cookies.load(line)
    return dict(cookies)


class TestLoggingIn:
    async def test_the_cookies_are_hidden_from_scripts_and_from_other_sites(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.post("/v1/session", json=CREDENTIALS)

        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Cache-Control"] == "no-store"
        cookies = cookies_of(answer)
        assert cookies.keys() == {ACCESS, REFRESH}
        for cookie in cookies.values():
            assert cookie["httponly"] is True
            assert cookie["samesite"] == "lax"
            assert cookie["path"] == "/"
            assert cookie["domain"] == ""
            assert cookie["secure"] == ""
        assert int(cookies[ACCESS]["max-age"]) == 900
        assert int(cookies[REFRESH]["max-age"]) == 30 * 24 * 3600

    async def test_a_browser_that_is_logged_in_reaches_every_route_without_a_header(
        self, browser: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        conversion = await backstage.add_completed(b"an MP3")
        assert "Authorization" not in browser.headers

        assert (await browser.get("/v1/me")).json()["id"] == ADA
        assert len((await browser.get("/v1/conversions")).json()["items"]) == 1
        assert (await browser.get(f"/v1/conversions/{conversion.id}/audio")).content == b"an MP3"
        assert (await browser.get(f"/v1/conversions/{conversion.id}/events")).status_code == 200
        assert (await browser.post("/v1/api-keys", json={"name": "x"})).status_code == 201
        assert (await browser.delete(f"/v1/conversions/{conversion.id}")).status_code == 204

    async def test_each_log_in_is_a_session_of_its_own(self, browser: httpx.AsyncClient) -> None:
        """Whatever the browser had before: a session that an attacker put there is not taken over."""
        before = dict(browser.cookies)
        browser.cookies.set(REFRESH, before[REFRESH], domain="tracklift.test", path="/")

        await browser.post("/v1/session", json=CREDENTIALS)

        session_of = {name: value.partition(".")[0] for name, value in browser.cookies.items()}
        assert session_of[REFRESH] != before[REFRESH].partition(".")[0]

    @pytest.mark.parametrize(
        "credentials",
        [
            {"email": "ada@example.org", "password": "wrong"},
            {"email": "nobody@example.org", "password": PASSWORD},
            {"email": "", "password": ""},
            {"email": "ada@example.org", "password": "x" * 50_000},
        ],
    )
    async def test_wrong_credentials_set_no_cookie(
        self, client: httpx.AsyncClient, credentials: dict[str, str]
    ) -> None:
        answer = await client.post("/v1/session", json=credentials)

        assert (answer.status_code, answer.json()["code"]) == (400, "wrong_credentials")
        assert "Set-Cookie" not in answer.headers

    @pytest.mark.parametrize(
        "body", ["", "{", "[]", "null", "{}", '{"email": 1, "password": "x"}', '{"email": "ada@example.org"}']
    )
    async def test_a_body_that_makes_no_sense_is_refused(self, client: httpx.AsyncClient, body: str) -> None:
        answer = await client.post("/v1/session", content=body, headers={"Content-Type": "application/json"})

        assert answer.status_code == 400

    async def test_a_form_is_refused(self, client: httpx.AsyncClient) -> None:
        """A form is what another site can send without asking."""
        assert (await client.post("/v1/session", data=CREDENTIALS)).status_code == 415

    @pytest.mark.parametrize("headers", OTHER_SITES)
    async def test_no_other_site_logs_a_browser_in(
        self, client: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        """Else its visitors would upload into an account of its own."""
        answer = await client.post("/v1/session", json=CREDENTIALS, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin_request")
        assert "Set-Cookie" not in answer.headers


class TestOtherSites:
    @pytest.mark.parametrize("headers", [*OTHER_SITES, *SILENT])
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/v1/conversions"),
            ("POST", "/v1/conversions/x/cancel"),
            ("DELETE", "/v1/conversions/x"),
            ("DELETE", "/v1/me"),
            ("POST", "/v1/email-verifications"),
            ("DELETE", "/v1/session"),
            ("POST", "/v1/session/refresh"),
        ],
    )
    async def test_what_changes_something_is_refused_with_a_cookie(
        self, browser: httpx.AsyncClient, headers: dict[str, str], method: str, path: str
    ) -> None:
        del browser.headers["Sec-Fetch-Site"]

        answer = await browser.request(method, path, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin_request")
        assert (await browser.get("/v1/me")).status_code == 200

    @pytest.mark.parametrize("headers", [*OTHER_SITES, *SILENT])
    async def test_a_token_in_the_header_needs_nothing(
        self, ada: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        """No other site knows one. A cookie that comes along does not matter."""
        ada.cookies.set(ACCESS, "nonsense", domain="tracklift.test", path="/")

        answer = await ada.post("/v1/email-verifications", headers=headers)

        assert answer.status_code == 202

    @pytest.mark.parametrize("origin", [{"Origin": "http://tracklift.test"}, SAME_ORIGIN])
    async def test_own_pages_are_known_by_either_header(
        self, browser: httpx.AsyncClient, origin: dict[str, str]
    ) -> None:
        del browser.headers["Sec-Fetch-Site"]

        assert (await browser.post("/v1/email-verifications", headers=origin)).status_code == 202

    async def test_a_link_from_another_site_leads_in(self, browser: httpx.AsyncClient) -> None:
        """What changes nothing is answered, as the link in a mail has to work."""
        answer = await browser.get("/v1/conversions", headers={"Sec-Fetch-Site": "cross-site"})

        assert answer.status_code == 200


class TestSecureCookies:
    @pytest.fixture
    def backstage(self) -> Backstage:
        """Let users come by https."""
        return Backstage(public_url="https://tracklift.test")

    async def test_by_https_no_other_host_can_set_them(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/session", json=CREDENTIALS)

        cookies = cookies_of(answer)
        assert cookies.keys() == {f"__Host-{ACCESS}", f"__Host-{REFRESH}"}
        for cookie in cookies.values():
            assert cookie["secure"] is True
            assert (cookie["path"], cookie["domain"]) == ("/", "")

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Origin": "https://tracklift.test"}, 202),
            ({"Origin": "http://tracklift.test"}, 403),
            ({"Origin": "http://evil.test", "Host": "evil.test"}, 403),
            ({"Origin": "https://evil.test", "Host": "evil.test"}, 403),
        ],
    )
    async def test_the_origin_is_that_of_the_public_address_and_not_of_a_header(
        self, client: httpx.AsyncClient, headers: dict[str, str], status: int
    ) -> None:
        opened = await client.post("/v1/session", json=CREDENTIALS)
        pairs = [f"{name}={cookie.value}" for name, cookie in cookies_of(opened).items()]

        answer = await client.post("/v1/email-verifications", headers={**headers, "Cookie": "; ".join(pairs)})

        assert answer.status_code == status

    async def test_a_cookie_that_a_neighbour_could_set_does_not_count(
        self, client: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        token = backstage.headers(ADA)["Authorization"].removeprefix("Bearer ")

        answer = await client.get("/v1/me", headers={"Cookie": f"{ACCESS}={token}"})

        assert answer.json()["code"] == "missing_token"


class TestCookies:
    @pytest.mark.parametrize(
        "value", ["nonsense", "a.b.c", '"', "%00", "x" * 10_000, write_api_key("a secret"), "ü"]
    )
    async def test_a_cookie_that_holds_no_access_token_is_refused(
        self, client: httpx.AsyncClient, value: str
    ) -> None:
        answer = await client.get("/v1/me", headers=[(b"Cookie", f"{ACCESS}={value}".encode())])

        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")

    async def test_an_api_key_in_a_cookie_does_not_count(self, ada: httpx.AsyncClient) -> None:
        """A key is for scripts, and has no use in a place from which browsers send it by themselves."""
        key = (await ada.post("/v1/api-keys", json={"name": "x"})).json()["key"]
        del ada.headers["Authorization"]

        answer = await ada.get("/v1/me", headers={"Cookie": f"{ACCESS}={key}"})

        assert answer.json()["code"] == "invalid_token"

    @pytest.mark.parametrize("header", ["", f"{ACCESS}=", f"{ACCESS}", ";;;", "=x", f"{ACCESS}=;{REFRESH}="])
    async def test_an_empty_cookie_is_none(self, client: httpx.AsyncClient, header: str) -> None:
        answer = await client.get("/v1/me", headers={"Cookie": header})

        assert answer.json()["code"] == "missing_token"

    async def test_a_bad_token_in_the_header_is_not_made_good_by_a_cookie(
        self, browser: httpx.AsyncClient
    ) -> None:
        answer = await browser.get("/v1/me", headers={"Authorization": "Bearer nonsense"})

        assert answer.json()["code"] == "invalid_token"

    async def test_a_cookie_whose_token_has_expired_is_said_to_have_expired(
        self, browser: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        backstage.clock.advance(timedelta(minutes=16))

        assert (await browser.get("/v1/me")).json()["code"] == "token_expired"


class TestRenewing:
    async def test_a_session_goes_on_with_new_cookies(
        self, browser: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        before = dict(browser.cookies)
        backstage.clock.advance(timedelta(minutes=16))

        answer = await browser.post("/v1/session/refresh")

        assert (answer.status_code, answer.content) == (204, b"")
        assert cookies_of(answer).keys() == {ACCESS, REFRESH}
        assert dict(browser.cookies)[REFRESH] != before[REFRESH]
        assert (await browser.get("/v1/me")).status_code == 200

    async def test_pages_that_renew_at_once_all_get_the_same_session(
        self, browser: httpx.AsyncClient
    ) -> None:
        """A refresh token that is used twice means theft, but not where a browser has fifty pages."""
        refresh = {"Cookie": f"{REFRESH}={browser.cookies[REFRESH]}", **SAME_ORIGIN}

        answers = await asyncio.gather(
            *(browser.post("/v1/session/refresh", headers=refresh) for _ in range(50))
        )

        assert {answer.status_code for answer in answers} == {204}
        assert len({cookies_of(answer)[REFRESH].value for answer in answers}) == 1
        assert (await browser.post("/v1/session/refresh")).status_code == 204

    async def test_a_cookie_that_is_used_again_later_ends_the_session(
        self, browser: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        """It may have been stolen."""
        stolen = {"Cookie": f"{REFRESH}={browser.cookies[REFRESH]}", **SAME_ORIGIN}
        await browser.post("/v1/session/refresh")
        backstage.clock.advance(timedelta(seconds=30))

        reused = await browser.post("/v1/session/refresh", headers=stolen)
        own = await browser.post("/v1/session/refresh")

        assert (reused.status_code, reused.json()["code"]) == (401, "session_not_found")
        assert (own.status_code, own.json()["code"]) == (401, "session_not_found")

    @pytest.mark.parametrize("value", ["", "x", ".", "a.b", "x" * 10_000, "ü", "\udcff"])
    async def test_what_is_no_refresh_token_renews_nothing(
        self, client: httpx.AsyncClient, value: str
    ) -> None:
        cookie = f"{REFRESH}={value}".encode(errors="surrogateescape")

        answer = await client.post(
            "/v1/session/refresh", headers=[(b"Cookie", cookie), (b"Sec-Fetch-Site", b"same-origin")]
        )

        assert (answer.status_code, answer.json()["code"]) == (401, "session_not_found")
        assert "Set-Cookie" not in answer.headers


class TestLoggingOut:
    async def test_the_cookies_are_deleted_and_the_session_is_over(self, browser: httpx.AsyncClient) -> None:
        refresh = {"Cookie": f"{REFRESH}={browser.cookies[REFRESH]}", **SAME_ORIGIN}

        answer = await browser.delete("/v1/session")

        assert (answer.status_code, answer.content) == (204, b"")
        assert {cookie["max-age"] for cookie in cookies_of(answer).values()} == {"0"}
        assert dict(browser.cookies) == {}
        assert (await browser.post("/v1/session/refresh", headers=refresh)).status_code == 401

    async def test_without_a_session_it_does_nothing(self, client: httpx.AsyncClient) -> None:
        for _ in range(2):
            assert (await client.delete("/v1/session")).status_code == 204
