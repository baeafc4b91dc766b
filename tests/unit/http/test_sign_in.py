"""The gateway signs people in at auth, and leaves no session there."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PASSWORD, Backstage, in_process
from tracklift_adapters.auth_service.client import AuthService
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.errors import WrongCredentialsError
from tracklift_gateway.sign_in import SignInAtAuthService

TOKENS = {"access_token": "an access token", "refresh_token": "a refresh token"}
Answers = Mapping[str, tuple[int, Any] | Exception]


class Auth:
    """Stands for auth, and notes what it is sent."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, list[str]]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.path, parse_qs(request.content.decode())))
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        answer = self.answers[request.url.path]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())


def sign_in_at(auth: Auth) -> SignInAtAuthService:
    """Sign in at a stand-in."""
    service = AuthService("http://auth")
    service._client = httpx.AsyncClient(base_url="http://auth", transport=httpx.MockTransport(auth))
    return SignInAtAuthService(service)


async def test_a_password_gives_an_access_token_and_the_session_is_ended() -> None:
    """Characters with a meaning in forms come through."""
    auth = Auth({"/v1/token": (200, TOKENS), "/v1/revoke": (200, None)})

    assert await sign_in_at(auth)("ada+mail@example.org", "p&ss=w%rd ü") == "an access token"

    assert auth.asked == [
        (
            "/v1/token",
            {"grant_type": ["password"], "username": ["ada+mail@example.org"], "password": ["p&ss=w%rd ü"]},
        ),
        ("/v1/revoke", {"token": ["a refresh token"]}),
    ]


async def test_a_session_that_cannot_be_ended_does_not_stop_the_login() -> None:
    auth = Auth({"/v1/token": (200, TOKENS), "/v1/revoke": httpx.ConnectError("down")})

    assert await sign_in_at(auth)("ada@example.org", PASSWORD) == "an access token"


async def test_a_wrong_password_is_told() -> None:
    auth = Auth({"/v1/token": (400, {"code": "wrong_credentials", "detail": "…"})})

    with pytest.raises(WrongCredentialsError):
        await sign_in_at(auth)("ada@example.org", "wrong")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        (503, {"code": "unavailable"}),
        (400, {"code": "invalid_request"}),
        (502, b"<html>Bad Gateway</html>"),
        (200, b"<html>Welcome</html>"),
        (200, {"token": "of another kind"}),
        (200, ["a list"]),
        (200, b"\xff"),
    ],
)
async def test_an_auth_service_that_gives_no_tokens_is_unavailable(answer: Any) -> None:
    with pytest.raises(ServiceUnavailableError):
        await sign_in_at(Auth({"/v1/token": answer}))("ada@example.org", PASSWORD)


async def test_signing_in_at_the_real_routes_of_auth_works(backstage: Backstage) -> None:
    """The forms are those that auth takes."""
    app = backstage.make_app()
    await backstage.add_user(ADA, "ada@example.org")
    service = AuthService("http://auth")
    service._client = httpx.AsyncClient(base_url="http://auth", transport=in_process(app))

    token = await SignInAtAuthService(service)("ada@example.org", PASSWORD)

    assert backstage.tokens.verify(token, backstage.clock.now()).user_id == ADA
    with pytest.raises(WrongCredentialsError):
        await SignInAtAuthService(service)("ada@example.org", "wrong")
