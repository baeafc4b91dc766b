"""Routes for a browser's session, which is kept in cookies."""

from typing import Annotated, Any

from litestar import Request, Response, delete, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_adapters.http.callers.guess_limits import GuessedIn
from tracklift_adapters.http.callers.session_cookies import CROSS_ORIGIN, SessionCookies
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.problem_responses import (
    INVALID_REQUEST,
    RATE_LIMITED,
    SMALL_BODY,
    problem_responses,
)
from tracklift_domain.errors import TooBusyError
from tracklift_domain.identifiers import SessionId
from tracklift_domain.user.password.errors import TooManyLogInsError
from tracklift_domain.user.second_factor.errors import (
    SecondFactorRequiredError,
    TooManyWrongCodesError,
    WrongSecondFactorError,
)
from tracklift_domain.user.session.errors import (
    AccountDisabledError,
    InvalidGrantError,
    SessionNotFoundError,
    WrongCredentialsError,
)
from tracklift_domain.user.session.session import TokenPair
from tracklift_gateway.browser_sessions import BrowserSessions

_TAGS = ["users"]
_Request = Request[Any, Any, Any]
_UNCACHED = {"Cache-Control": "no-store"}


class LogInRequest(RequestFields, frozen=True):
    """The credentials; `code` is the code of the second factor, if the account has one."""

    email: str
    password: str
    code: str | None = None


_LOG_INS = [example("Ada", LogInRequest("ada@example.org", "correct horse battery"))]


@post(
    "/v1/session",
    status_code=204,
    summary="Log in with a browser",
    description="Sets two cookies, which scripts can't read. Each route takes them in place of a token. A request with "
    "them that changes something must come from a page of the same origin.",
    operation_id="open_session",
    responses={
        204: ResponseSpec(None, description="The cookies are set."),
        **problem_responses(
            INVALID_REQUEST,
            WrongCredentialsError,
            AccountDisabledError,
            SecondFactorRequiredError,
            WrongSecondFactorError,
            CROSS_ORIGIN,
            *SMALL_BODY,
            RATE_LIMITED,
            TooManyLogInsError,
            TooManyWrongCodesError,
            TooBusyError,
        ),
    },
    guards=[takes(JSON)],
    rate_limit="token",
    guessed_in=GuessedIn.PAGE,
    tags=_TAGS,
)
async def log_in(
    request: _Request,
    data: Annotated[LogInRequest, Body(examples=_LOG_INS)],
    browser_sessions: Given[BrowserSessions],
    session_cookies: Given[SessionCookies],
) -> Response[None]:
    """Begin a session."""
    session_cookies.refuse_other_sites(request)
    user_agent = request.headers.get("User-Agent", "")
    tokens = await browser_sessions.open(data.email, data.password, data.code, user_agent)
    return _with_cookies(session_cookies, tokens)


@post(
    "/v1/session/refresh",
    status_code=204,
    summary="Renew a browser's session",
    description="Sets new cookies. Pages that renew the session within the same 30 seconds get the same ones.",
    operation_id="refresh_session",
    responses={
        204: ResponseSpec(None, description="The cookies are set anew."),
        **problem_responses(SessionNotFoundError, CROSS_ORIGIN, RATE_LIMITED),
    },
    rate_limit="refresh",
    security=[{"cookie": []}],
    tags=_TAGS,
)
async def renew(
    request: _Request, browser_sessions: Given[BrowserSessions], session_cookies: Given[SessionCookies]
) -> Response[None]:
    """Renew the session."""
    token = session_cookies.refresh_token(request)
    if token is None:
        raise SessionNotFoundError(SessionId(""))
    try:
        return _with_cookies(session_cookies, await browser_sessions.renew(token))
    except InvalidGrantError as error:
        raise SessionNotFoundError(SessionId("")) from error


@delete(
    "/v1/session",
    summary="Log out with a browser",
    description="Ends the session and deletes the cookies. Without a session it does nothing.",
    operation_id="end_session",
    responses={
        204: ResponseSpec(None, description="The session has ended."),
        **problem_responses(CROSS_ORIGIN),
    },
    tags=_TAGS,
)
async def log_out(
    request: _Request, browser_sessions: Given[BrowserSessions], session_cookies: Given[SessionCookies]
) -> Response[None]:
    """End the session."""
    token = session_cookies.refresh_token(request)
    if token is not None:
        await browser_sessions.end(token)
    return Response(None, status_code=204, headers=_UNCACHED, cookies=session_cookies.none())


def _with_cookies(session_cookies: SessionCookies, tokens: TokenPair) -> Response[None]:
    return Response(None, status_code=204, headers=_UNCACHED, cookies=session_cookies.of(tokens))


SESSION_ROUTES: list[ControllerRouterHandler] = [log_in, renew, log_out]
