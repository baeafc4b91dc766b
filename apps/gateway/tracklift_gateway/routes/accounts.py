"""Routes of accounts and tokens, passed on to the auth service."""

import re
from collections.abc import Callable
from typing import Any

from litestar import Request, Response, delete, route
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tracklift_adapters.auth_service.client import AuthService
from tracklift_adapters.http.providing import Given
from tracklift_adapters.http.session_cookies import SessionCookies
from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import SessionId
from tracklift_domain.user.errors import ApiKeyNotFoundError, NoSuchSessionError

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_Request = Request[Any, Any, Any]
_Answer = Response[bytes | None]


def _passed_on(
    path: str,
    methods: list[Any],
    rate_limit: str = "",
    *,
    with_query: bool = False,
    for_users: bool = False,
) -> ControllerRouterHandler:
    """Make a route; `for_users` are those who are logged in, perhaps with a cookie."""

    # Auth's answer brings its own status.
    @route(path, http_method=methods, status_code=200, include_in_schema=False, rate_limit=rate_limit)
    async def pass_on(
        request: _Request, auth_service: Given[AuthService], session_cookies: Given[SessionCookies]
    ) -> _Answer:
        query = request.scope["query_string"] if with_query else b""
        # Elsewhere a cookie does not matter, and a form on a page that sends no referrer has the origin "null".
        return await _forward(request, auth_service, path, session_cookies if for_users else None, query)

    return pass_on


def _passed_on_with_id(path: str, missing: Callable[[str], DomainError]) -> ControllerRouterHandler:
    @delete(f"{path}/{{thing_id:str}}", status_code=200, include_in_schema=False)
    async def pass_on(
        request: _Request,
        auth_service: Given[AuthService],
        session_cookies: Given[SessionCookies],
        thing_id: FromPath[str],
    ) -> _Answer:
        # It becomes part of a path at auth: nothing but an id may get there.
        if not _ID.fullmatch(thing_id):
            raise missing(thing_id)
        return await _forward(request, auth_service, f"{path}/{thing_id}", session_cookies)

    return pass_on


async def _forward(
    request: _Request,
    auth_service: AuthService,
    path: str,
    session_cookies: SessionCookies | None,
    query: bytes = b"",
) -> _Answer:
    headers = dict(request.headers)
    # Auth knows no cookies: those of a browser are turned into what they hold.
    if session_cookies is not None and not headers.get("authorization", "").strip():
        token = session_cookies.access_token(request)
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
    answer = await auth_service.forward(request.method, path, headers, await request.body(), query=query)
    shown = dict(answer.headers)
    # The framework adds the encoding to text once more.
    media_type = shown.pop("content-type", "application/json").removesuffix("; charset=utf-8")
    # An answer without a body (RFC 9110, section 15.3.5) must not get an empty one.
    return Response(answer.body or None, status_code=answer.status, headers=shown, media_type=media_type)


ACCOUNT_ROUTES: list[ControllerRouterHandler] = [
    _passed_on("/v1/users", ["POST"], "sign_up"),
    _passed_on("/v1/token", ["POST"], "token"),
    _passed_on("/v1/revoke", ["POST"]),
    _passed_on("/v1/sign-in", ["GET"]),
    _passed_on("/v1/me", ["GET", "DELETE"], for_users=True),
    _passed_on("/v1/api-keys", ["GET", "POST"], for_users=True),
    _passed_on_with_id("/v1/api-keys", ApiKeyNotFoundError),
    _passed_on("/v1/sessions", ["GET", "DELETE"], for_users=True),
    _passed_on_with_id("/v1/sessions", lambda thing_id: NoSuchSessionError(SessionId(thing_id))),
    _passed_on("/v1/me/password", ["PUT"], "token", for_users=True),
    _passed_on("/v1/email-verifications", ["POST"], "mail", for_users=True),
    _passed_on("/v1/email-verifications/confirm", ["POST"], "mailed_token"),
    _passed_on("/v1/password-resets", ["POST"], "mail"),
    _passed_on("/v1/password-resets/confirm", ["POST"], "mailed_token"),
    # The pages that links in mails lead to.
    _passed_on("/verify-email", ["GET"], with_query=True),
    _passed_on("/verify-email", ["POST"], "mailed_token"),
    _passed_on("/reset-password", ["GET"], with_query=True),
    _passed_on("/reset-password", ["POST"], "mailed_token"),
    _passed_on("/.well-known/jwks.json", ["GET"]),
]
