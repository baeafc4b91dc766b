"""What the gateway passes on to auth: requests about accounts, with a browser's cookie as the token that it holds."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PUBLIC_URL, Backstage, gateway_use_cases, in_process
from tracklift_adapters.auth_service.client import AuthService
from tracklift_adapters.http.application.providing import provide
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.quota import UserQuota
from tracklift_gateway.app import create_app
from tracklift_gateway.routes.accounts import ACCOUNT_ROUTES

COOKIE = {"Cookie": "tracklift_access=kept; tracklift_refresh=never; other=thing"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
ID = "0123456789abcdef" * 2


class Auth:
    """Stands for auth, and notes what it is sent."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json={"id": ADA, "path": request.url.path, "quotas": None})


@pytest.fixture(scope="module")
def waiting_auth() -> Auth:
    """Give what stands behind the one application of this file: making one takes longer than each test."""
    return Auth()


@pytest.fixture
def auth(waiting_auth: Auth) -> Auth:
    """Give it without what the test before sent."""
    waiting_auth.requests.clear()
    return waiting_auth


@pytest.fixture(scope="module")
def stage() -> Backstage:
    """Give what stands behind the gateway."""
    return Backstage()


@pytest.fixture(scope="module")
def gateway_alone(waiting_auth: Auth, stage: Backstage) -> Litestar:
    service = AuthService("http://auth")
    service._client = httpx.AsyncClient(base_url="http://auth", transport=httpx.MockTransport(waiting_auth))
    return create_app(
        gateway_use_cases(stage),
        checks={},
        limits=(),
        more_routes=ACCOUNT_ROUTES,
        more_dependencies={"auth_service": provide(lambda: service)},
    )


@pytest.fixture
async def gateway(gateway_alone: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the gateway alone."""
    async with httpx.AsyncClient(transport=in_process(gateway_alone), base_url=PUBLIC_URL) as client:
        yield client


async def test_a_cookie_is_passed_on_as_the_token_that_it_holds(
    gateway: httpx.AsyncClient, auth: Auth
) -> None:
    """Auth gets no cookie: neither the refresh token nor those of others."""
    assert (await gateway.get("/v1/me", headers=COOKIE)).status_code == 200

    (request,) = auth.requests
    assert request.headers["Authorization"] == "Bearer kept"
    assert "Cookie" not in request.headers


@pytest.mark.parametrize("path", ["/v1/me", f"/v1/admin/users/{ADA}"])
async def test_an_account_is_shown_with_what_only_the_gateway_knows(
    gateway: httpx.AsyncClient, stage: Backstage, path: str
) -> None:
    await stage.user_quotas.record(ADA, UserQuota(audio_minutes=7), revision=2)

    account = (await gateway.get(path, headers=COOKIE)).json()

    assert account["path"] == path
    assert account["quotas"]["audio_minutes"]["limit"] == 7


async def test_the_account_is_shown_while_the_storage_of_conversions_is_down(
    gateway: httpx.AsyncClient, auth: Auth, stage: Backstage
) -> None:
    stage.conversion_storage.error = ServiceUnavailableError("MongoDB", "it is down")
    try:
        answer = await gateway.get("/v1/me", headers=COOKIE)
    finally:
        stage.conversion_storage.error = None

    assert (answer.status_code, answer.json()["quotas"]) == (200, None)


async def test_headers_with_bytes_beyond_ascii_are_passed_on_as_they_are(
    gateway: httpx.AsyncClient, auth: Auth
) -> None:
    answer = await gateway.get(
        "/v1/me", headers=[(b"Authorization", b"Bearer \xff\x80"), (b"User-Agent", b"\xc3\xbc")]
    )

    assert answer.status_code == 200
    passed_on = dict(auth.requests[0].headers.raw)
    assert passed_on[b"Authorization".lower()] == b"Bearer \xff\x80"
    assert passed_on[b"User-Agent".lower()] == b"\xc3\xbc"


async def test_a_token_in_the_header_is_passed_on_in_place_of_a_cookie(
    gateway: httpx.AsyncClient, auth: Auth
) -> None:
    await gateway.delete("/v1/me", headers={**COOKIE, "Authorization": "Bearer sent"})

    assert auth.requests[0].headers["Authorization"] == "Bearer sent"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/me"),
        ("POST", "/v1/api-keys"),
        ("DELETE", f"/v1/api-keys/{ID}"),
        ("DELETE", f"/v1/sessions/{ID}"),
        ("DELETE", "/v1/sessions"),
        ("PUT", "/v1/me/password"),
        ("POST", "/v1/me/email"),
        ("POST", "/v1/admin/invitations"),
        ("POST", "/v1/admin/users"),
        ("PATCH", f"/v1/admin/users/{ID}"),
        ("DELETE", f"/v1/admin/users/{ID}"),
        ("POST", f"/v1/admin/users/{ID}/password-reset"),
        ("DELETE", f"/v1/admin/users/{ID}/second-factor"),
        ("POST", "/v1/email-verifications"),
    ],
)
async def test_what_another_site_asks_for_with_a_cookie_is_not_passed_on(
    gateway: httpx.AsyncClient, auth: Auth, method: str, path: str
) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.test"}):
        answer = await gateway.request(method, path, headers={**COOKIE, **headers})
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin_request")
    assert auth.requests == []

    assert (await gateway.request(method, path, headers={**COOKIE, **SAME_ORIGIN})).status_code == 200


@pytest.mark.parametrize("origin", [{}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize(
    "path",
    ["/v1/invitations/accept", "/v1/users", "/v1/token", "/v1/revoke", "/v1/password-resets"],
)
async def test_where_no_user_is_needed_a_cookie_does_not_matter(
    gateway: httpx.AsyncClient, auth: Auth, path: str, origin: dict[str, str]
) -> None:
    answer = await gateway.post(path, data={"token": "x"}, headers={**COOKIE, **origin})

    assert answer.status_code == 200
    assert "Authorization" not in auth.requests[0].headers


@pytest.mark.parametrize("things", ["api-keys", "sessions"])
async def test_an_id_is_passed_on(gateway: httpx.AsyncClient, things: str) -> None:
    answer = await gateway.delete(f"/v1/{things}/{ID}")

    assert answer.json()["path"] == f"/v1/{things}/{ID}"


@pytest.mark.parametrize("things", ["api-keys", "sessions"])
@pytest.mark.parametrize(
    "key_id",
    [
        "x",
        "..",
        "%2e%2e",
        "..%2f..%2finternal",
        "x%3Fy=1",
        "x%23y",
        "%00",
        ID.upper(),
        f"{ID}0",
        "%C3%BC",
    ],
)
async def test_what_is_no_id_gets_into_no_address_at_auth(
    gateway: httpx.AsyncClient, auth: Auth, things: str, key_id: str
) -> None:
    answer = await gateway.delete(f"/v1/{things}/{key_id}")

    assert answer.status_code in {404, 405}
    assert auth.requests == []


@pytest.mark.parametrize(
    "path", ["/internal/api-keys/verify", "/internal", "/v1/../internal/api-keys/verify"]
)
async def test_what_services_ask_each_other_is_not_passed_on(
    gateway: httpx.AsyncClient, auth: Auth, path: str
) -> None:
    answer = await gateway.post(path, json={"key_hash": "0" * 64})

    assert answer.status_code == 404
    assert auth.requests == []
