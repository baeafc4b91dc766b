"""Routes for accounts and tokens, which are forwarded to the auth service."""

import json
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

from litestar import Request, Response, get, route
from litestar.params import FromPath
from litestar.serialization import encode_json
from litestar.types import ControllerRouterHandler

from tracklift_adapters.auth_service.client import AuthService
from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.callers.guess_limits import GuessedIn
from tracklift_adapters.http.callers.session_cookies import SessionCookies
from tracklift_adapters.http.limits.quota_responses import QuotasResponse
from tracklift_domain.errors import DomainError, ServiceUnavailableError
from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.upload.upload_quotas import UploadQuotas
from tracklift_domain.user.api_key.errors import ApiKeyNotFoundError
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.session.errors import NoSuchSessionError

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_log = logging.getLogger(__name__)
_Request = Request[Any, Any, Any]
_Answer = Response[bytes | None]


def _passed_on(
    path: str,
    methods: list[Any],
    rate_limit: str = "",
    *,
    with_query: bool = False,
    for_users: bool = False,
    guessed_in: GuessedIn | None = None,
) -> ControllerRouterHandler:
    """Make a route; with `for_users`, the caller must be logged in, and a cookie is accepted too."""

    @route(
        path,
        http_method=methods,
        # The status of auth's response replaces it.
        status_code=200,
        include_in_schema=False,
        rate_limit=rate_limit,
        guessed_in=guessed_in,
    )
    async def pass_on(
        request: _Request, auth_service: Given[AuthService], session_cookies: Given[SessionCookies]
    ) -> _Answer:
        query = request.scope["query_string"] if with_query else b""
        # Other routes ignore cookies.
        return await _forward(request, auth_service, path, session_cookies if for_users else None, query)

    return pass_on


def _passed_on_with_id(
    path: str, missing: Callable[[str], DomainError], methods: Sequence[Any] = ("DELETE",), behind: str = ""
) -> ControllerRouterHandler:
    @route(f"{path}/{{thing_id:str}}{behind}", http_method=methods, status_code=200, include_in_schema=False)
    async def pass_on(
        request: _Request,
        auth_service: Given[AuthService],
        session_cookies: Given[SessionCookies],
        thing_id: FromPath[str],
    ) -> _Answer:
        # It becomes part of a path at auth, so only an id is accepted.
        if not _ID.fullmatch(thing_id):
            raise missing(thing_id)
        return await _forward(request, auth_service, f"{path}/{thing_id}{behind}", session_cookies)

    return pass_on


async def _forward(
    request: _Request,
    auth_service: AuthService,
    path: str,
    session_cookies: SessionCookies | None,
    query: bytes = b"",
) -> _Answer:
    headers = dict(request.headers)
    # Auth does not read cookies: the token in a browser's cookie is sent as a bearer token.
    if session_cookies is not None and not headers.get("authorization", "").strip():
        token = session_cookies.access_token(request)
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
    answer = await auth_service.forward(request.method, path, headers, await request.body(), query=query)
    shown = dict(answer.headers)
    # The framework would add the charset to a text type a second time.
    media_type = shown.pop("content-type", "application/json").removesuffix("; charset=utf-8")
    # A response without a body (RFC 9110, section 15.3.5) must not get an empty one.
    return Response(answer.body or None, status_code=answer.status, headers=shown, media_type=media_type)


@get("/v1/me", include_in_schema=False)
async def show_account(
    request: _Request,
    auth_service: Given[AuthService],
    session_cookies: Given[SessionCookies],
    upload_quotas: Given[UploadQuotas],
) -> _Answer:
    """Show the account as auth does, and add how far its limits are used, which auth does not know."""
    return await _with_quotas(await _forward(request, auth_service, "/v1/me", session_cookies), upload_quotas)


@get("/v1/admin/users/{user_id:str}", include_in_schema=False)
async def show_user(
    request: _Request,
    auth_service: Given[AuthService],
    session_cookies: Given[SessionCookies],
    upload_quotas: Given[UploadQuotas],
    user_id: FromPath[str],
) -> _Answer:
    """Show a user to an admin as auth does, and add how far the user's limits are used."""
    if not _ID.fullmatch(user_id):
        raise UserNotFoundError(UserId(user_id))
    answer = await _forward(request, auth_service, f"/v1/admin/users/{user_id}", session_cookies)
    return await _with_quotas(answer, upload_quotas)


async def _with_quotas(answer: _Answer, upload_quotas: UploadQuotas) -> _Answer:
    """Add the quotas to an account, unless auth refused the request or the storage can't be reached."""
    if answer.status_code != 200:
        return answer
    account = json.loads(answer.content or b"null")
    try:
        uses = await upload_quotas.uses_of(UserId(account["id"]))
    except ServiceUnavailableError as error:
        _log.warning("An account is shown without its quotas: %s", error)
        return answer
    answer.content = encode_json({**account, "quotas": QuotasResponse.of(uses)})
    return answer


_PASSWORD_SHOWN: Any = {"for_users": True, "guessed_in": GuessedIn.SESSION}
"""For routes on which a logged-in user confirms the password."""

ACCOUNT_ROUTES: list[ControllerRouterHandler] = [
    _passed_on("/v1/users", ["POST"], "sign_up"),
    _passed_on("/v1/token", ["POST"], "token", guessed_in=GuessedIn.FORM),
    _passed_on("/v1/revoke", ["POST"]),
    _passed_on("/v1/sign-in", ["GET"]),
    _passed_on("/v1/device-sign-ins", ["POST"], "device_sign_in"),
    _passed_on("/v1/device-sign-ins/token", ["POST"], "device_poll"),
    show_account,
    _passed_on("/v1/me", ["DELETE"], for_users=True),
    _passed_on("/v1/api-keys", ["GET", "POST"], for_users=True),
    _passed_on_with_id("/v1/api-keys", ApiKeyNotFoundError),
    _passed_on("/v1/sessions", ["GET", "DELETE"], for_users=True),
    _passed_on_with_id("/v1/sessions", lambda thing_id: NoSuchSessionError(SessionId(thing_id))),
    _passed_on("/v1/me/password", ["PUT"], "token", **_PASSWORD_SHOWN),
    _passed_on("/v1/me/data", ["GET"], for_users=True),
    _passed_on("/v1/me/email", ["POST"], "mail", **_PASSWORD_SHOWN),
    _passed_on("/v1/email-changes/confirm", ["POST"], "mailed_token"),
    _passed_on("/v1/invitations/accept", ["POST"], "mailed_token"),
    _passed_on("/v1/me/second-factor", ["GET", "POST"], "token", **_PASSWORD_SHOWN),
    _passed_on("/v1/me/second-factor/confirm", ["POST"], "token", for_users=True),
    _passed_on("/v1/me/second-factor/remove", ["POST"], "token", **_PASSWORD_SHOWN),
    _passed_on("/v1/email-verifications", ["POST"], "mail", for_users=True),
    _passed_on("/v1/email-verifications/confirm", ["POST"], "mailed_token"),
    _passed_on("/v1/password-resets", ["POST"], "mail"),
    _passed_on("/v1/password-resets/confirm", ["POST"], "mailed_token", guessed_in=GuessedIn.MAIL),
    _passed_on("/v1/admin/users", ["GET", "POST"], with_query=True, for_users=True),
    _passed_on("/v1/admin/invitations", ["POST"], for_users=True),
    show_user,
    _passed_on_with_id("/v1/admin/users", UserNotFoundError, ("PATCH", "DELETE")),
    _passed_on_with_id("/v1/admin/users", UserNotFoundError, ("POST",), "/password-reset"),
    _passed_on_with_id("/v1/admin/users", UserNotFoundError, ("DELETE",), "/second-factor"),
    _passed_on("/.well-known/jwks.json", ["GET"]),
]
