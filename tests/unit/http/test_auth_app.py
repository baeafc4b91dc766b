"""Auth as an application of its own, as it stands behind the gateway."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PASSWORD, Backstage, auth_use_cases, in_process
from tracklift_adapters.auth_service.api_key_messages import VERIFICATION_PATH
from tracklift_auth.app import create_app
from tracklift_domain.user.access.identify_caller import IdentifyCaller
from tracklift_domain.user.api_key.identify_bearer import IdentifyBearer


@pytest.fixture
async def auth(backstage: Backstage) -> AsyncIterator[httpx.AsyncClient]:
    """A client of auth alone."""
    use_cases = auth_use_cases(backstage)
    identify_caller = IdentifyCaller(verifier=backstage.tokens, clock=backstage.clock)
    identify_bearer = IdentifyBearer(identify_caller=identify_caller, keys=use_cases.verify_api_key())
    app = create_app(use_cases, identify_bearer, checks={})
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


@pytest.mark.parametrize("key_hash", ["", "0" * 63, "0" * 65, "A" * 64, "٣" * 64, "🙁", "x" * 5000])
async def test_what_can_be_no_hash_is_no_key(auth: httpx.AsyncClient, key_hash: str) -> None:
    answer = await auth.post(VERIFICATION_PATH, json={"key_hash": key_hash})

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"key_hash": 1}', "{}"])
async def test_a_question_about_a_key_that_makes_no_sense_is_refused(
    auth: httpx.AsyncClient, body: str
) -> None:
    answer = await auth.post(VERIFICATION_PATH, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400


async def test_a_body_that_is_announced_as_too_large_is_refused_unread(auth: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1024

    headers = {"Content-Type": "application/json", "Content-Length": "1000000"}
    answer = await auth.post("/v1/users", content=endless(), headers=headers)

    assert answer.status_code == 413
