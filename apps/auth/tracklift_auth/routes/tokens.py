"""Routes for tokens: the token endpoint (RFC 6749), revocation (RFC 7009) and the published keys (RFC 7517)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import FORM, takes
from tracklift_adapters.http.bodies.url_encoded_form import read_form
from tracklift_adapters.http.callers.guess_limits import GuessedIn
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.problem_responses import (
    INVALID_REQUEST,
    RATE_LIMITED,
    SMALL_BODY,
    problem_responses,
)
from tracklift_adapters.http.problems.problem_handlers import problem_handlers
from tracklift_adapters.http.problems.problems import Problem
from tracklift_auth.oauth_errors import UNCACHED, as_oauth_error
from tracklift_auth.openapi import form_operation
from tracklift_domain.errors import TooBusyError
from tracklift_domain.user.access.ports import AccessTokenIssuer
from tracklift_domain.user.password.errors import TooManyLogInsError
from tracklift_domain.user.second_factor.errors import (
    SecondFactorRequiredError,
    TooManyWrongCodesError,
    WrongSecondFactorError,
)
from tracklift_domain.user.session.device_name import device_name
from tracklift_domain.user.session.end_session import EndSession
from tracklift_domain.user.session.errors import (
    AccountDisabledError,
    InvalidGrantError,
    WrongCredentialsError,
)
from tracklift_domain.user.session.log_in import LogIn
from tracklift_domain.user.session.refresh_session import RefreshSession
from tracklift_domain.user.session.session import TokenPair

_TAGS = ["users"]
_TOKEN_FIELDS = ("grant_type", "username", "password", "code", "refresh_token")
_REVOCATION_FIELDS = ("token", "token_type_hint")
_EXAMPLE_REFRESH_TOKEN = "6a1f0c4e6d0b4b0c8f6f2a4f6f1d2c3b.Zk3wN1c0R5b7"  # noqa: S105  # an example


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """The token response of RFC 6749, section 5.1; `expires_in` and `refresh_expires_in` are in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int

    @classmethod
    def of(cls, pair: TokenPair) -> "TokenResponse":
        """Show tokens."""
        return cls(pair.access.value, "Bearer", pair.access.expires_in, pair.refresh, pair.refresh_expires_in)


_TokenOperation = form_operation(
    _TOKEN_FIELDS,
    required=["grant_type"],
    examples=[
        {"grant_type": "password", "username": "ada@example.org", "password": "correct horse battery"},
        {"grant_type": "refresh_token", "refresh_token": _EXAMPLE_REFRESH_TOKEN},
    ],
)
_RevocationOperation = form_operation(
    _REVOCATION_FIELDS, required=["token"], examples=[{"token": _EXAMPLE_REFRESH_TOKEN}]
)
TOKENS = ResponseSpec(
    TokenResponse,
    generate_examples=False,
    description="An access token and the refresh token for the next one.",
    examples=[
        example(
            "Tokens",
            TokenResponse(
                "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiI1ZjBjIn0.c2lnbmF0dXJl",
                "Bearer",
                900,
                _EXAMPLE_REFRESH_TOKEN,
                2_592_000,
            ),
        )
    ],
)


@post(
    "/v1/token",
    status_code=200,
    summary="Get tokens",
    description="Log in with a password, or get new tokens for a refresh token. `code` is that of a second factor, "
    "where the account has one. Errors also have the members `error` and `error_description` of RFC 6749.",
    operation_id="get_token",
    operation_class=_TokenOperation,
    responses={
        200: TOKENS,
        **problem_responses(
            INVALID_REQUEST,
            (400, "malformed_form"),
            (400, "unsupported_grant_type"),
            WrongCredentialsError,
            AccountDisabledError,
            SecondFactorRequiredError,
            WrongSecondFactorError,
            InvalidGrantError,
            *SMALL_BODY,
            RATE_LIMITED,
            TooManyLogInsError,
            TooManyWrongCodesError,
            TooBusyError,
        ),
    },
    guards=[takes(FORM)],
    exception_handlers=problem_handlers(as_oauth_error),
    rate_limit="token",
    guessed_in=GuessedIn.FORM,
    tags=_TAGS,
)
async def give(
    request: Request[Any, Any, Any], log_in: Given[LogIn], refresh_session: Given[RefreshSession]
) -> Response[TokenResponse]:
    """Issue tokens."""
    device = device_name(request.headers.get("User-Agent", ""))
    pair = await _grant(await read_form(request, _TOKEN_FIELDS), device, log_in, refresh_session)
    return Response(TokenResponse.of(pair), headers=UNCACHED)


async def _grant(
    form: Mapping[str, str], device: str | None, log_in: LogIn, refresh_session: RefreshSession
) -> TokenPair:
    match form:
        case {"grant_type": "password", "username": username, "password": password}:
            return await log_in(username, password, device, form.get("code"))
        case {"grant_type": "password"}:
            raise _invalid("grant_type=password needs username and password.")
        case {"grant_type": "refresh_token", "refresh_token": refresh_token}:
            return await refresh_session(refresh_token)
        case {"grant_type": "refresh_token"}:
            raise _invalid("grant_type=refresh_token needs refresh_token.")
        case {"grant_type": _}:
            raise Problem(400, "unsupported_grant_type", "grant_type is password or refresh_token.")
    raise _invalid("The form needs grant_type.")


@post(
    "/v1/revoke",
    status_code=200,
    summary="Log out",
    description="Revokes a refresh token. A token that is not known is not an error.",
    operation_id="revoke_token",
    operation_class=_RevocationOperation,
    responses={
        200: ResponseSpec(None, description="The token is no longer valid."),
        **problem_responses(INVALID_REQUEST, (400, "malformed_form"), *SMALL_BODY),
    },
    guards=[takes(FORM)],
    exception_handlers=problem_handlers(as_oauth_error),
    tags=_TAGS,
)
async def revoke(request: Request[Any, Any, Any], end_session: Given[EndSession]) -> Response[None]:
    """Revoke a refresh token."""
    form = await read_form(request, _REVOCATION_FIELDS)
    if "token" not in form:
        raise _invalid("The form needs token.")
    await end_session(form["token"])
    # With JSON, the empty body would be serialized as null.
    return Response(None, headers=UNCACHED, media_type=MediaType.TEXT)


@get(
    "/.well-known/jwks.json",
    summary="The keys that sign tokens",
    operation_id="get_keys",
    response_description="A JSON Web Key Set (RFC 7517).",
    tags=_TAGS,
    sync_to_thread=False,
)
def keys(issuer: Given[AccessTokenIssuer]) -> Response[dict[str, Any]]:
    """Publish the public keys as a JSON Web Key Set."""
    return Response(dict(issuer.published_keys()), headers={"Cache-Control": "public, max-age=300"})


def _invalid(detail: str) -> Problem:
    return Problem(400, "invalid_request", detail)


TOKEN_ROUTES: list[ControllerRouterHandler] = [give, revoke, keys]
