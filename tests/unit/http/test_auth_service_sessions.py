"""The gateway opens, renews and ends the sessions of browsers at auth."""

import json
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tracklift_adapters.auth_service.client import AuthService
from tracklift_domain.errors import DomainError, ServiceUnavailableError, TooBusyError
from tracklift_domain.user.password.errors import TooManyLogInsError
from tracklift_domain.user.second_factor.errors import (
    SecondFactorRequiredError,
    TooManyWrongCodesError,
    WrongSecondFactorError,
)
from tracklift_domain.user.session.errors import InvalidGrantError, WrongCredentialsError
from tracklift_domain.user.session.session import TokenPair
from tracklift_gateway.browser_sessions import AuthServiceSessions

TOKENS: dict[str, Any] = {
    "access_token": "an access token",
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "a refresh token",
    "refresh_expires_in": 2_592_000,
}
REFUSALS: list[tuple[int, str, type[DomainError]]] = [
    (400, "wrong_credentials", WrongCredentialsError),
    (400, "invalid_grant", InvalidGrantError),
    (400, "second_factor_required", SecondFactorRequiredError),
    (400, "wrong_second_factor", WrongSecondFactorError),
    (429, "too_many_log_ins", TooManyLogInsError),
    (429, "too_many_wrong_codes", TooManyWrongCodesError),
    (503, "too_busy", TooBusyError),
    (503, "service_unavailable", ServiceUnavailableError),
    (500, "internal_error", ServiceUnavailableError),
    (404, "not_found", ServiceUnavailableError),
]


class Auth:
    """Stands for auth, and notes what it is sent."""

    def __init__(self, status: int, body: object) -> None:
        self.answer = (status, body if isinstance(body, bytes) else json.dumps(body).encode())
        self.headers: dict[str, bytes] = {}
        self.asked: list[tuple[str, dict[str, list[str]]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.path, parse_qs(request.content.decode())))
        self.user_agent = request.headers["User-Agent"]
        headers = [(name.encode(), value) for name, value in self.headers.items()]
        return httpx.Response(self.answer[0], content=self.answer[1], headers=headers)


def sessions_at(auth: Auth) -> AuthServiceSessions:
    """Ask a stand-in."""
    service = AuthService("http://auth")
    service._client = httpx.AsyncClient(base_url="http://auth", transport=httpx.MockTransport(auth))
    return AuthServiceSessions(service)


async def test_a_password_gives_tokens_and_how_long_they_last() -> None:
    auth = Auth(200, TOKENS)

    tokens = await sessions_at(auth).open("ada+mail@example.org", "p&ss=w%rd ü", "123 456", "a browser")

    assert isinstance(tokens, TokenPair)
    assert (tokens.access.value, tokens.access.expires_in) == ("an access token", 900)
    assert (tokens.refresh, tokens.refresh_expires_in) == ("a refresh token", 2_592_000)
    assert auth.asked == [
        (
            "/v1/token",
            {
                "grant_type": ["password"],
                "username": ["ada+mail@example.org"],
                "password": ["p&ss=w%rd ü"],
                "code": ["123 456"],
            },
        )
    ]
    assert auth.user_agent == "a browser"


async def test_a_refresh_token_gives_new_ones() -> None:
    auth = Auth(200, TOKENS)

    assert (await sessions_at(auth).renew("an old one")).refresh == "a refresh token"

    assert auth.asked == [("/v1/token", {"grant_type": ["refresh_token"], "refresh_token": ["an old one"]})]


async def test_a_session_is_ended_by_its_refresh_token() -> None:
    auth = Auth(200, b"")

    await sessions_at(auth).end("a refresh token")

    assert auth.asked == [("/v1/revoke", {"token": ["a refresh token"]})]


@pytest.mark.parametrize(("status", "code", "error"), REFUSALS)
async def test_a_refusal_is_told_by_its_code(status: int, code: str, error: type[DomainError]) -> None:
    auth = Auth(status, {"code": code})

    with pytest.raises(error):
        await sessions_at(auth).open("ada@example.org", "wrong", None, "")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, []),
        (200, {}),
        (200, {**TOKENS, "expires_in": "soon"}),
        (200, {**TOKENS, "refresh_expires_in": None}),
        (400, b""),
        (400, {}),
        (400, []),
    ],
)
async def test_an_answer_that_makes_no_sense_is_an_outage(status: int, body: object) -> None:
    with pytest.raises(ServiceUnavailableError):
        await sessions_at(Auth(status, body)).renew("a refresh token")


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_a_session_that_could_not_be_ended_is_not_said_to_be_over(status: int) -> None:
    with pytest.raises(ServiceUnavailableError):
        await sessions_at(Auth(status, {"code": "x"})).end("a refresh token")


@pytest.mark.parametrize(
    ("header", "seconds"), [("480", 480), ("soon", 1), ("", 1), ("-3", 1), ("\xb2", 1), ("9" * 400, 1)]
)
async def test_the_wait_after_too_many_wrong_codes_is_passed_on(header: str, seconds: int) -> None:
    auth = Auth(429, {"code": "too_many_wrong_codes"})
    auth.headers["Retry-After"] = header.encode("latin-1")

    with pytest.raises(TooManyWrongCodesError) as refused:
        await sessions_at(auth).open("ada@example.org", "right", "wrong", "")

    assert refused.value.retry_after.total_seconds() == seconds


async def test_half_a_character_in_a_password_breaks_nothing() -> None:
    """JSON can carry it, a form can't."""
    auth = Auth(400, {"code": "wrong_credentials"})

    with pytest.raises(WrongCredentialsError):
        await sessions_at(auth).open("ada@example.org", "\ud800", None, "")
