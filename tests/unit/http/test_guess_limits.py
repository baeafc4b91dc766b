"""What guessing at one account costs, from many addresses, and whom it keeps from nothing."""

from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PASSWORD, Backstage, SharedApp
from tests.unit.http.test_mailed_links import mailed
from tests.unit.http.test_rate_limits import ByHand
from tests.unit.http.test_second_factor import App
from tracklift_adapters.auth_service.client import AuthService
from tracklift_adapters.http.application.providing import provide
from tracklift_adapters.http.callers.guess_limits import RESET_ACCOUNT, account_name
from tracklift_adapters.http.limits.rate_limits import RateLimit
from tracklift_adapters.http.limits.request_limits import RequestLimits
from tracklift_adapters.http.problems.wrong_guesses import WRONG_GUESS
from tracklift_adapters.in_memory.guess_counts import InMemoryGuessCounts
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.mailed_link.events import PasswordResetRequested
from tracklift_domain.user.password.policies import GuessPolicy
from tracklift_gateway.app import create_app
from tracklift_gateway.routes.accounts import ACCOUNT_ROUTES
from tracklift_gateway.use_cases import GatewayUseCases

WRONG = "a wrong pass phrase"
FREE = GuessPolicy().free
At = Callable[[str], httpx.AsyncClient]


@pytest.fixture
def now() -> ByHand:
    """Give the clock of the counts."""
    return ByHand()


@pytest.fixture
def backstage(now: ByHand) -> Backstage:
    """Limit guesses."""
    return Backstage(
        rate_limits={"token": RateLimit(1000)}, shared_guesses=InMemoryGuessCounts(GuessPolicy(), now=now)
    )


def clients_of(app: Litestar) -> At:
    """Give what makes a client of an application at an address."""

    def make(address: str) -> httpx.AsyncClient:
        anywhere: Any = app
        transport = httpx.ASGITransport(anywhere, client=(address, 4711))
        return httpx.AsyncClient(transport=transport, base_url="http://tracklift.test")

    return make


@pytest.fixture
def at(app: Litestar) -> At:
    """Give what makes a client at an address."""
    return clients_of(app)


async def by_form(
    client: httpx.AsyncClient, password: str = PASSWORD, email: str = "ada@example.org"
) -> httpx.Response:
    form = {"grant_type": "password", "username": email, "password": password}
    return await client.post("/v1/token", data=form)


async def by_page(client: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/v1/session", json={"email": "ada@example.org", "password": password})


async def log_in_with(client: httpx.AsyncClient, *, page: bool, code: str) -> httpx.Response:
    """Log Ada in with the code of her app, or without one."""
    given = {"code": code} if code else {}
    if page:
        return await client.post(
            "/v1/session", json={"email": "ada@example.org", "password": PASSWORD, **given}
        )
    form = {"grant_type": "password", "username": "ada@example.org", "password": PASSWORD, **given}
    return await client.post("/v1/token", data=form)


async def app_of_ada(client: httpx.AsyncClient, backstage: Backstage) -> App:
    """Set up a second factor for Ada."""
    headers = backstage.headers(ADA)
    begun = await client.post("/v1/me/second-factor", json={"password": PASSWORD}, headers=headers)
    app = App(backstage, begun.raise_for_status().json()["address"])
    path, code = "/v1/me/second-factor/confirm", {"code": app.next_code()}
    (await client.post(path, json=code, headers=headers)).raise_for_status()
    return app


async def attack(at: At, email: str = "ada@example.org", guesses: int = FREE) -> list[httpx.Response]:
    """Guess from as many addresses, alternately as programs and browsers do."""
    answers = []
    for number in range(guesses):
        client = at(f"198.51.100.{number}")
        if number % 2:
            answers.append(await by_form(client, WRONG, email))
        else:
            body = {"email": email.upper(), "password": WRONG}
            answers.append(await client.post("/v1/session", json=body))
    return answers


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"], ids=["known", "unknown"])
async def test_guesses_from_everywhere_wait_for_each_other(at: At, now: ByHand, email: str) -> None:
    """And the answers tell nothing of whether there is such an account."""
    answers = await attack(at, email, FREE + 2)

    assert [answer.status_code for answer in answers] == [400] * FREE + [429] * 2
    assert {answer.json()["code"] for answer in answers[FREE:]} == {"too_many_log_ins"}
    assert {answer.headers["Retry-After"] for answer in answers[FREE:]} == {"1"}
    now.seconds += 1
    assert (await by_form(at("192.0.2.1"), WRONG, email)).status_code == 400
    assert (await by_page(at("192.0.2.2"))).status_code == (429 if email == "ada@example.org" else 204)


async def test_the_wait_has_an_end_and_the_password_is_right_then(at: At, now: ByHand) -> None:
    await attack(at)
    for number in range(10):
        now.seconds += 60
        assert (await by_form(at(f"192.0.2.{number}"), WRONG)).status_code == 400
    owner = at("203.0.113.7")
    assert (await by_form(owner)).headers["Retry-After"] == "60"

    now.seconds += 60

    assert (await by_form(owner)).status_code == 200


async def test_other_accounts_do_not_wait(at: At) -> None:
    await attack(at, "nobody@example.org")

    assert (await by_form(at("203.0.113.7"))).status_code == 200


@pytest.mark.parametrize("log_in", [by_form, by_page])
async def test_the_owner_is_not_kept_out_where_he_has_logged_in_before(
    at: At, log_in: Callable[[httpx.AsyncClient], Any]
) -> None:
    """A guess there counts by address alone."""
    owner = at("203.0.113.7")
    await log_in(owner)
    await attack(at, guesses=FREE + 1)

    assert (await by_form(owner, WRONG)).status_code == 400
    assert (await log_in(owner)).status_code in {200, 204}
    assert (await log_in(at("203.0.113.8"))).status_code == 429


async def test_the_owners_browser_is_known_wherever_it_is(at: At, backstage: Backstage) -> None:
    """By a cookie that scripts can't read, and that outlives the session. One of another account is worth nothing."""
    browser = at("203.0.113.7")
    (device,) = [
        cookie for cookie in (await by_page(browser)).headers.get_list("Set-Cookie") if "device" in cookie
    ]
    await browser.delete("/v1/session", headers={"Sec-Fetch-Site": "same-origin"})
    await attack(at)
    of_bob = at("192.0.2.79")
    (
        await of_bob.post("/v1/session", json={"email": "bob@example.org", "password": PASSWORD})
    ).raise_for_status()

    async def log_in_elsewhere(device: httpx.AsyncClient) -> httpx.Response:
        headers = {"Cookie": f"tracklift_device={device.cookies['tracklift_device']}"}
        body = {"email": "ada@example.org", "password": PASSWORD}
        return await at("192.0.2.77").post("/v1/session", json=body, headers=headers)

    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in device.split(";")}
    assert (await log_in_elsewhere(of_bob)).status_code == 429
    again = await log_in_elsewhere(browser)
    assert again.status_code == 204
    assert again.cookies["tracklift_device"] == browser.cookies["tracklift_device"]


async def test_a_name_that_no_browser_was_given_is_replaced(at: At) -> None:
    for name in ("", "x", "x" * 500, "x" * 21 + "!", "x; Path=/admin"):
        answer = await at("203.0.113.7").post(
            "/v1/session",
            json={"email": "ada@example.org", "password": PASSWORD},
            headers={"Cookie": f"tracklift_device={name}"},
        )

        assert len(answer.cookies["tracklift_device"]) == 22


async def test_a_password_that_was_reset_by_mail_can_be_used_at_once(at: At, backstage: Backstage) -> None:
    """On the device that has reset it, and on no other one. The answer does not say whose it is."""
    await attack(at)
    owner = at("203.0.113.7")
    assert (await by_page(owner)).status_code == 429
    await owner.post("/v1/password-resets", json={"email": "ada@example.org"})
    (token,) = await mailed(backstage, PasswordResetRequested)

    new = {"token": token, "password": "a whole new passphrase"}
    answer = await owner.post("/v1/password-resets/confirm", json=new)

    assert (answer.status_code, answer.content) == (204, b"")
    assert not [name for name in answer.headers if "account" in name]
    assert (await by_page(owner, new["password"])).status_code == 204
    assert (await by_page(at("203.0.113.8"), new["password"])).status_code == 429


async def test_a_token_that_resets_nothing_makes_nobody_known(at: At) -> None:
    await attack(at)
    stranger = at("192.0.2.1")

    answer = await stranger.post(
        "/v1/password-resets/confirm", json={"token": "x", "password": "a whole new passphrase"}
    )

    assert (answer.status_code, "set-cookie" in answer.headers) == (400, False)
    assert (await by_page(stranger)).status_code == 429


async def test_right_passwords_and_requests_that_check_none_cost_nothing(
    at: At, backstage: Backstage
) -> None:
    """Else a busy user, or an outage, would make others wait."""
    for number in range(2 * FREE):
        assert (await by_form(at(f"192.0.2.{number}"))).status_code == 200
    for number in range(2 * FREE):
        refused = await at(f"198.51.100.{number}").post(
            "/v1/session",
            json={"email": "ada@example.org", "password": WRONG},
            headers={"Origin": "http://evil.test"},
        )
        assert refused.status_code == 403

    assert (await by_page(at("203.0.113.7"))).status_code == 204


@pytest.mark.parametrize("page", [True, False])
async def test_log_ins_in_two_steps_are_no_guesses(at: At, backstage: Backstage, *, page: bool) -> None:
    """The first one brings the password alone, and is told that a code is needed, which is a 400, too."""
    browser = at("203.0.113.7")
    app = await app_of_ada(browser, backstage)

    for _ in range(FREE + 1):
        steps = [await log_in_with(browser, page=page, code=code) for code in ("", app.next_code())]
        assert [step.json()["code"] for step in steps if step.status_code == 400] == [
            "second_factor_required"
        ]
        assert steps[1].status_code in {200, 204}


async def test_requests_that_make_no_sense_are_no_guesses(at: At) -> None:
    client = at("203.0.113.7")
    meaningless = [
        *[await client.post("/v1/token", data={"grant_type": "client_credentials"}) for _ in range(FREE)],
        *[await client.post("/v1/session", json={"email": "ada@example.org"}) for _ in range(FREE)],
    ]

    assert {answer.status_code for answer in meaningless} == {400}
    assert (await by_page(client)).status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/me/password", {"present": WRONG, "new": "a whole new passphrase"}),
        ("POST", "/v1/me/second-factor", {"password": WRONG}),
        ("POST", "/v1/me/second-factor/remove", {"password": WRONG, "code": "000000"}),
        ("POST", "/v1/me/email", {"email": "b@example.org", "password": WRONG}),
    ],
)
async def test_a_stolen_session_is_no_place_to_guess_from_everywhere(
    at: At, backstage: Backstage, method: str, path: str, body: dict[str, str]
) -> None:
    """The guesses are counted for all these routes, apart from those of strangers, who can't make the owner wait."""
    await attack(at)
    headers = backstage.headers(ADA)
    answers = [
        await at(f"192.0.2.{number}").request(method, path, json=body, headers=headers)
        for number in range(FREE + 1)
    ]

    assert [answer.status_code for answer in answers] == [400] * FREE + [429]
    changed = {"present": PASSWORD, "new": "a whole new passphrase"}
    assert (await at("203.0.113.8").put("/v1/me/password", json=changed, headers=headers)).status_code == 429


async def test_nobody_is_known_without_a_log_in(at: At, backstage: Backstage) -> None:
    """A session that was stolen is none, whatever is done with it."""
    thief = at("192.0.2.1")
    body = {"email": "thief@example.org", "password": PASSWORD}
    (await thief.post("/v1/me/email", json=body, headers=backstage.headers(ADA))).raise_for_status()
    await attack(at)

    assert (await by_form(thief)).status_code == 429


async def test_who_is_not_logged_in_is_told_so(at: At) -> None:
    answer = await at("192.0.2.1").put("/v1/me/password", json={"present": WRONG, "new": WRONG})

    assert answer.status_code == 401


MEANINGLESS = [
    ("/v1/session", "application/json", b"{", 400),
    ("/v1/session", "application/json", b"[]", 400),
    ("/v1/session", "application/json", b"\xff", 400),
    ("/v1/session", "application/json", b'{"email": 1, "password": "x"}', 400),
    ("/v1/session", "application/json", b'{"password": "x"}', 400),
    ("/v1/session", "text/plain", b"{}", 415),
    ("/v1/token", "application/json", b"{}", 415),
    ("/v1/token", "application/x-www-form-urlencoded", b"\xff", 400),
    ("/v1/token", "application/x-www-form-urlencoded", b"username=a%40b.c&username=b%40b.c", 400),
    ("/v1/token", "application/x-www-form-urlencoded", b"grant_type=refresh_token", 400),
    ("/v1/token", "application/x-www-form-urlencoded", b"grant_type=password&username=x&password=y", 400),
]
"""Paths, content types, bodies, and the statuses of their answers."""


async def test_what_names_no_account_is_refused_for_what_it_is(at: At) -> None:
    for case, (path, content_type, content, status) in enumerate(MEANINGLESS):
        answers = [
            await at(f"10.0.{case}.{number}").post(
                path, content=content, headers={"Content-Type": content_type}
            )
            for number in range(FREE + 1)
        ]

        assert {answer.status_code for answer in answers} == {status}, content


async def test_an_account_that_is_named_twice_is_the_one_that_is_counted(at: At) -> None:
    """The route and its limit must not read different ones."""
    body = (
        b'{"email": "nobody@example.org", "password": "' + WRONG.encode() + b'", "email": "ada@example.org"}'
    )
    for number in range(FREE):
        await at(f"192.0.2.{number}").post(
            "/v1/session", content=body, headers={"Content-Type": "application/json"}
        )

    assert (await by_page(at("203.0.113.7"))).status_code == 429


class Auth:
    """Stands for auth in front of which a gateway limits guesses."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/password-resets/confirm":
            return httpx.Response(204, headers={RESET_ACCOUNT: account_name(EmailAddress("ada@example.org"))})
        if request.method == "GET":
            return httpx.Response(200, json={"enabled": False})
        return httpx.Response(400, headers={WRONG_GUESS: "yes"}, json={"code": "wrong_credentials"})


def make_gateway(_stage: object, use_cases: GatewayUseCases, limits: Sequence[RequestLimits]) -> Litestar:
    """Make a gateway that passes accounts on to auth."""
    service = AuthService("http://auth")
    service._client = httpx.AsyncClient(base_url="http://auth", transport=httpx.MockTransport(Auth()))
    return create_app(
        use_cases,
        checks={},
        limits=limits,
        more_routes=ACCOUNT_ROUTES,
        more_dependencies={"auth_service": provide(lambda: service)},
    )


@pytest.fixture(scope="module")
def shared_gateway() -> SharedApp:
    return SharedApp(Backstage(), make_gateway)


@pytest.fixture
def in_front(shared_gateway: SharedApp, backstage: Backstage) -> At:
    """Give what makes a client at an address, of a gateway that passes accounts on to auth."""
    return clients_of(shared_gateway.use(backstage))


async def test_a_gateway_limits_the_guesses_that_it_passes_on(in_front: At) -> None:
    """It takes the account that was reset out of auth's answer, and its device goes on."""
    statuses = [(await by_form(in_front(f"192.0.2.{each}"))).status_code for each in range(FREE + 1)]
    owner = in_front("203.0.113.7")
    wrong = await by_form(in_front("192.0.2.78"), email="bob@example.org")
    refused = (await by_form(owner)).status_code

    reset = await owner.post("/v1/password-resets/confirm", json={})

    assert statuses == [400] * FREE + [429]
    assert (refused, reset.status_code) == (429, 204)
    assert RESET_ACCOUNT not in reset.headers
    assert WRONG_GUESS not in wrong.headers
    assert "tracklift_device" in reset.cookies
    assert (await by_form(owner)).status_code == 400


async def test_a_gateway_limits_the_guesses_of_sessions_and_lets_them_look(
    in_front: At, backstage: Backstage
) -> None:
    """The same address of the interface shows the second factor, and begins one for the password."""
    path, headers = "/v1/me/second-factor", backstage.headers(ADA)
    await backstage.ended_access.refresh()

    statuses = [
        (await in_front(f"192.0.2.{each}").post(path, json={}, headers=headers)).status_code
        for each in range(FREE + 1)
    ]

    assert statuses == [400] * FREE + [429]
    assert (await in_front("192.0.2.99").get(path, headers=headers)).status_code == 200


async def test_a_gateway_that_can_not_tell_who_calls_leaves_it_to_auth(
    in_front: At, backstage: Backstage
) -> None:
    """As before it has read from MongoDB whose access has ended."""
    statuses = [
        (
            await in_front(f"192.0.2.{each}").post(
                "/v1/me/second-factor", json={}, headers=backstage.headers(ADA)
            )
        ).status_code
        for each in range(FREE + 1)
    ]

    assert statuses == [400] * (FREE + 1)
