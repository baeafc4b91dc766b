"""How a browser signs in with a provider: it is sent there with a cookie, and comes back to a session."""

from collections.abc import AsyncIterator
from dataclasses import replace
from http.cookies import Morsel, SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PROVIDER, PUBLIC_URL, Backstage, in_process
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer, SignInAttempt

BEGIN = f"/v1/sign-in/{PROVIDER}"
CALLBACK = f"{BEGIN}/callback"
COOKIE = "tracklift_sign_in"
SECURE_URL = "https://tracklift.example"


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client that keeps cookies; it is sent to pages, and gets no problems of the API."""
    async with httpx.AsyncClient(transport=in_process(app), base_url=PUBLIC_URL) as client:
        yield client


async def begin(browser: httpx.AsyncClient, path: str = BEGIN) -> SignInAttempt:
    answer = await browser.get(path)
    assert answer.status_code == 303
    secret, _, _ = browser.cookies[COOKIE].partition(".")
    attempt = SignInAttempt(provider=PROVIDER, secret=secret)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["state"] == [attempt.state]
    return attempt


async def come_back(
    browser: httpx.AsyncClient, answer: ProviderAnswer, path: str = CALLBACK
) -> httpx.Response:
    query = {"state": answer.state, "code": answer.code, "error": answer.error, "iss": answer.issuer}
    return await browser.get(f"{path}?{urlencode({name: value for name, value in query.items() if value})}")


async def sign_in(browser: httpx.AsyncClient, backstage: Backstage, path: str = BEGIN) -> httpx.Response:
    attempt = await begin(browser, path)
    return await come_back(browser, backstage.identity_provider.answer(attempt))


def problem_of(response: httpx.Response) -> str:
    """Give why the page that a browser is sent to says that it is not signed in."""
    assert response.status_code == 303
    page = urlsplit(str(response.url.join(response.headers["Location"])))
    assert (f"{page.scheme}://{page.netloc}", page.path) == (PUBLIC_URL, "/sign-in-failed")
    return parse_qs(page.query)["problem"][0]


def cookies_of(response: httpx.Response) -> dict[str, Morsel[str]]:
    return {
        name: morsel
        for header in response.headers.get_list("Set-Cookie")
        for name, morsel in SimpleCookie(header).items()
    }


@pytest.fixture(autouse=True)
async def ada_has_verified_her_address(app: Litestar, backstage: Backstage) -> None:
    user = await backstage.users.get(ADA)
    await backstage.users.replace(user.with_verified_email(backstage.clock.now()))


async def test_a_user_signs_in_and_every_route_takes_the_cookies(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    answer = await sign_in(browser, backstage)

    assert answer.status_code == 303
    assert answer.url.join(answer.headers["Location"]) == f"{PUBLIC_URL}/"
    assert (await browser.get("/v1/me")).json()["id"] == ADA
    assert (await browser.get("/v1/conversions")).status_code == 200


async def test_the_session_is_one_like_that_of_a_log_in(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    """It is renewed and ended in the same way."""
    await sign_in(browser, backstage)

    renewed = await browser.post("/v1/session/refresh", headers={"Origin": PUBLIC_URL})
    assert renewed.status_code == 204
    assert (await browser.delete("/v1/session", headers={"Origin": PUBLIC_URL})).status_code == 204
    assert (await browser.get("/v1/me")).status_code == 401


async def test_no_script_reads_the_secret_and_it_is_gone_afterwards(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    begun = cookies_of(await browser.get(BEGIN))[COOKIE]
    ended = cookies_of(await sign_in(browser, backstage))[COOKIE]

    assert begun["httponly"]
    assert begun["samesite"].lower() == "lax"
    assert begun["max-age"] == "600"
    assert ended["max-age"] == "0"
    assert COOKIE not in browser.cookies


async def test_nothing_of_it_is_kept_by_a_cache(browser: httpx.AsyncClient, backstage: Backstage) -> None:
    begun = await browser.get(BEGIN)

    assert begun.headers["Cache-Control"] == "no-store"
    assert (await sign_in(browser, backstage)).headers["Cache-Control"] == "no-store"


async def test_an_answer_is_of_no_use_in_another_browser(
    browser: httpx.AsyncClient, app: Litestar, backstage: Backstage
) -> None:
    """Neither in one without a cookie nor in one that has begun too: its user would be signed in as somebody else."""
    answer = backstage.identity_provider.answer(await begin(browser))
    async with httpx.AsyncClient(transport=in_process(app), base_url=PUBLIC_URL) as other:
        without = await come_back(other, answer)
        await begin(other)
        begun = await come_back(other, answer)

    for refused in (without, begun):
        assert problem_of(refused) == "sign_in_expired"
        assert "tracklift_access" not in cookies_of(refused)


@pytest.mark.parametrize("state", ["", "x", "x" * 5000, "%ff%00", "🙁"])
async def test_a_wrong_state_is_refused(browser: httpx.AsyncClient, backstage: Backstage, state: str) -> None:
    attempt = await begin(browser)
    answer = replace(backstage.identity_provider.answer(attempt), state=state)

    assert problem_of(await come_back(browser, answer)) == "sign_in_expired"
    assert (await browser.get("/v1/me")).status_code == 401


async def test_an_answer_is_good_once(browser: httpx.AsyncClient, backstage: Backstage) -> None:
    attempt = await begin(browser)
    answer, cookie = backstage.identity_provider.answer(attempt), browser.cookies[COOKIE]
    await come_back(browser, answer)
    browser.cookies.set(COOKIE, cookie)

    assert problem_of(await come_back(browser, answer)) == "sign_in_refused"


async def test_whatever_a_provider_says_of_an_error_is_not_shown(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    attempt = await begin(browser)

    refused = await come_back(browser, ProviderAnswer(state=attempt.state, error="<script>alert(1)</script>"))

    assert problem_of(refused) == "sign_in_refused"
    assert "alert" not in f"{refused.headers}{refused.text}"


async def test_an_account_whose_address_was_never_verified_is_left_alone(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.identity_provider.account = replace(
        backstage.identity_provider.account, email=EmailAddress("bob@example.org")
    )

    refused = await sign_in(browser, backstage)

    assert problem_of(refused) == "address_not_verified_here"


async def test_an_address_that_the_provider_has_not_verified_is_refused(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.identity_provider.account = replace(backstage.identity_provider.account, email_verified=False)

    assert problem_of(await sign_in(browser, backstage)) == "address_not_verified"


@pytest.mark.parametrize("name", ["other", "Company", "x" * 500, "%2e%2e", "company%0d%0a"])
async def test_a_provider_that_is_not_there_is_not_found(browser: httpx.AsyncClient, name: str) -> None:
    for path in (f"/v1/sign-in/{name}", f"/v1/sign-in/{name}/callback"):
        assert problem_of(await browser.get(path)) == "provider_not_found"


async def test_a_provider_that_is_down_is_said_to_be_so(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    attempt = await begin(browser)
    backstage.identity_provider.is_down = True

    down = await browser.get(BEGIN)
    assert problem_of(down) == "service_unavailable"
    assert "switched off" not in f"{down.headers}{down.text}", "that is for the operator"
    answer = ProviderAnswer(state=attempt.state, code="code")
    assert problem_of(await come_back(browser, answer)) == "service_unavailable"


@pytest.mark.parametrize("path", ["/", "/conversions/1?tab=chapters&x=%2F", "/app#top"])
async def test_a_user_goes_on_where_the_sign_in_was_asked_for(
    browser: httpx.AsyncClient, backstage: Backstage, path: str
) -> None:
    answer = await sign_in(browser, backstage, f"{BEGIN}?{urlencode({'return_to': path})}")

    assert answer.status_code == 303
    assert answer.headers["Location"] == PUBLIC_URL + path
    assert "tracklift_access" in cookies_of(answer)


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "@evil.example",
        ".evil.example",
        "/a\r\nSet-Cookie: x=y",
        "/a b",
        "/ä",
        "/" + "x" * 1000,
        "",
    ],
)
async def test_nobody_is_sent_to_another_site(
    browser: httpx.AsyncClient, backstage: Backstage, path: str
) -> None:
    answer = await sign_in(browser, backstage, f"{BEGIN}?{urlencode({'return_to': path})}")

    assert answer.status_code == 303
    assert answer.url.join(answer.headers["Location"]) == f"{PUBLIC_URL}/"


@pytest.mark.parametrize("path", ["Ly9ldmlsLmV4YW1wbGU", "%%%", "!!!!", "x", "/w", "_w"])
async def test_a_path_that_a_neighbour_has_put_into_the_cookie_is_looked_at_too(
    browser: httpx.AsyncClient, backstage: Backstage, path: str
) -> None:
    attempt = await begin(browser)
    browser.cookies.clear()
    browser.cookies.set(COOKIE, f"{attempt.secret}.{path}")

    answer = await come_back(browser, backstage.identity_provider.answer(attempt))

    assert answer.status_code == 303
    assert answer.url.join(answer.headers["Location"]) == f"{PUBLIC_URL}/"


async def test_what_the_request_says_of_its_host_changes_nothing(
    browser: httpx.AsyncClient, backstage: Backstage
) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    begun = await browser.get(f"{BEGIN}?return_to=/app", headers=forged)
    attempt = SignInAttempt(provider=PROVIDER, secret=browser.cookies[COOKIE].partition(".")[0])
    answer = backstage.identity_provider.answer(attempt)

    back = await browser.get(f"{CALLBACK}?state={answer.state}&code={answer.code}", headers=forged)

    assert "evil" not in begun.headers["Location"]
    assert back.headers["Location"] == f"{PUBLIC_URL}/app"


async def test_providers_are_listed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/sign-in")).json() == {"items": [{"name": PROVIDER, "url": BEGIN}]}


class TestByHttps:
    @pytest.fixture
    def backstage(self) -> Backstage:
        return Backstage(public_url=SECURE_URL)

    async def test_no_neighbour_can_set_the_cookie(self, browser: httpx.AsyncClient) -> None:
        (cookie,) = cookies_of(await browser.get(BEGIN)).values()

        assert cookie.key == "__Host-tracklift_sign_in"
        assert cookie["secure"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
