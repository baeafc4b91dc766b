"""The gateway begins and completes sign-ins with a provider at auth."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PROVIDER, Backstage, auth_use_cases, in_process
from tracklift_adapters.auth_service.client import AuthService
from tracklift_adapters.auth_service.sign_in_messages import BEGIN_PATH, COMPLETE_PATH
from tracklift_adapters.http.problems.problems import Problem
from tracklift_auth.app import create_app
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.access.identify_caller import IdentifyCaller
from tracklift_domain.user.api_key.identify_bearer import IdentifyBearer
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer, SignInAttempt
from tracklift_gateway.provider_sign_in import AuthServiceProviderSignIn

BEGUN = {"url": "https://login.example.org", "secret": "secret"}
TOKENS: dict[str, Any] = {
    "access_token": "a",
    "expires_in": 900,
    "refresh_token": "r",
    "refresh_expires_in": 2_592_000,
}


def sign_in_at(transport: httpx.AsyncBaseTransport) -> AuthServiceProviderSignIn:
    service = AuthService("http://auth")
    service._client = httpx.AsyncClient(base_url="http://auth", transport=transport)
    return AuthServiceProviderSignIn(service)


def stand_in(status: int, body: object) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(
        status, **({"content": body} if isinstance(body, bytes) else {"json": body})
    )


@pytest.fixture
async def sign_in(backstage: Backstage) -> AuthServiceProviderSignIn:
    """Ask auth itself."""
    await backstage.add_user(ADA, "ada@example.org")
    user = await backstage.users.get(ADA)
    await backstage.users.replace(user.with_verified_email(backstage.clock.now()))
    use_cases = auth_use_cases(backstage)
    identify_caller = IdentifyCaller(verifier=backstage.tokens, clock=backstage.clock)
    identify_bearer = IdentifyBearer(identify_caller=identify_caller, keys=use_cases.verify_api_key())
    return sign_in_at(in_process(create_app(use_cases, identify_bearer, checks={})))


async def test_a_user_signs_in(sign_in: AuthServiceProviderSignIn, backstage: Backstage) -> None:
    begun = await sign_in.begin(PROVIDER)
    attempt = SignInAttempt(provider=PROVIDER, secret=begun.secret)
    assert attempt.state in begun.url

    answer = backstage.identity_provider.answer(attempt)
    tokens = await sign_in.complete(PROVIDER, begun.secret, answer, "Firefox/140.0 (Linux)")

    assert backstage.tokens.verify(tokens.access.value, backstage.clock.now()).user_id == ADA
    assert tokens.refresh_expires_in > tokens.access.expires_in > 0
    (session,) = await backstage.sessions.list_of(ADA)
    assert session.device == "Firefox on Linux"


async def test_why_auth_refuses_is_passed_on(
    sign_in: AuthServiceProviderSignIn, backstage: Backstage
) -> None:
    with pytest.raises(Problem) as unknown:
        await sign_in.begin("other")
    with pytest.raises(Problem) as lost:
        await sign_in.complete(PROVIDER, "", ProviderAnswer(state="x", code="x"), "")
    backstage.identity_provider.is_down = True
    with pytest.raises(Problem) as down:
        await sign_in.begin(PROVIDER)

    assert [(each.value.status, each.value.code) for each in (unknown, lost, down)] == [
        (404, "provider_not_found"),
        (400, "sign_in_expired"),
        (503, "service_unavailable"),
    ]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, []),
        (200, None),
        (200, {}),
        (200, BEGUN | {"url": ""}),
        (200, BEGUN | {"secret": 7}),
        (200, TOKENS | {"access_token": None}),
        (200, TOKENS | {"expires_in": "soon"}),
        (500, b"oops"),
        (404, {}),
        (502, {"code": "bad_gateway"}),
    ],
)
async def test_an_answer_that_makes_no_sense_is_no_answer(status: int, body: object) -> None:
    sign_in = sign_in_at(httpx.MockTransport(stand_in(status, body)))

    with pytest.raises(ServiceUnavailableError, match="makes no sense"):
        await sign_in.begin(PROVIDER)
    with pytest.raises(ServiceUnavailableError, match="makes no sense"):
        await sign_in.complete(PROVIDER, "secret", ProviderAnswer(), "")


@pytest.mark.parametrize("path", [BEGIN_PATH, COMPLETE_PATH])
async def test_the_paths_are_none_of_the_gateways(client: httpx.AsyncClient, path: str) -> None:
    """So that no browser chooses the secret that it is tied to."""
    assert (await client.post(path, json={"provider": PROVIDER})).status_code == 404
