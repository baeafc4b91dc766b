"""Auth as an application of its own, as it stands behind the gateway."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PASSWORD, Backstage, auth_use_cases, in_process
from tracklift_auth.app import create_app
from tracklift_domain.user.identify_caller import IdentifyCaller


@pytest.fixture
async def auth(backstage: Backstage) -> AsyncIterator[httpx.AsyncClient]:
    """A client of auth alone."""
    app = create_app(
        auth_use_cases(backstage), IdentifyCaller(verifier=backstage.tokens, clock=backstage.clock), checks={}
    )
    async with httpx.AsyncClient(transport=in_process(app), base_url="http://auth.test") as client:
        yield client


@pytest.mark.parametrize("path", ["/healthz", "/v1/me", "/nowhere"])
async def test_every_answer_has_an_id_and_the_headers_for_browsers(
    auth: httpx.AsyncClient, path: str
) -> None:
    """Even if somebody reaches it without the gateway."""
    answer = await auth.get(path)

    assert answer.headers["X-Request-ID"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_a_user_logs_in_and_is_known_by_the_token(
    auth: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_user(ADA, "ada@example.org")

    token = await auth.post(
        "/v1/token", data={"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}
    )
    me = await auth.get("/v1/me", headers={"Authorization": f"Bearer {token.json()['access_token']}"})

    assert me.json()["email"] == "ada@example.org"


async def test_a_body_that_is_announced_as_too_large_is_refused_unread(auth: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1024

    headers = {"Content-Type": "application/json", "Content-Length": "1000000"}
    answer = await auth.post("/v1/users", content=endless(), headers=headers)

    assert answer.status_code == 413
