"""Who calls: the bearer token of a request (RFC 6750), or the cookie of a browser."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request

from tracklift_adapters.http.callers.key_look_ups import KeyLookUps
from tracklift_adapters.http.callers.session_cookies import SessionCookies
from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.errors import DomainError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.api_key.api_key import API_KEY_PREFIX
from tracklift_domain.user.api_key.identify_bearer import IdentifyBearer


def caller_provider(
    identify_bearer: IdentifyBearer,
    cookies: SessionCookies | None = None,
    key_look_ups: KeyLookUps | None = None,
) -> Callable[[Request[Any, Any, Any]], Awaitable[Caller]]:
    """Make the provider of the `caller` of a request; it answers 401 without a valid token or API key.

    With a token in the header, cookies are ignored. Without `cookies`, no cookie is accepted.

    With `key_look_ups`, a client that sends too many unknown API keys is answered 429.

    A route names the scope that an API key needs for it, as `scope=Scope.READ`. A route that names none is for users
    who are logged in, and API keys are answered 403 there.
    """

    async def provide_caller(request: Request[Any, Any, Any]) -> Caller:
        authorization = request.headers.get("Authorization", "").strip()
        if not authorization and cookies is not None:
            kept = cookies.access_token(request)
            if kept is not None:
                return identify_bearer.by_access_token(kept)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            # Without credentials the challenge carries no error code (RFC 6750, section 3.1).
            raise Problem(
                401,
                "missing_token",
                "This needs an access token: get one from /v1/token and send it as 'Authorization: Bearer …'.",
                headers={"WWW-Authenticate": 'Bearer realm="tracklift"'},
            )
        token = token.strip()
        if key_look_ups is not None and token.startswith(API_KEY_PREFIX):
            key_look_ups.take(request.client.host if request.client else "", token)
        caller = await identify_bearer(token)
        caller.require(request.route_handler.opt.get("scope"))
        return caller

    return provide_caller


def known_caller_provider(
    provide_caller: Callable[[Request[Any, Any, Any]], Awaitable[Caller]],
) -> Callable[[Request[Any, Any, Any]], Awaitable[Caller | None]]:
    """Make the provider of the optional `known_caller` of a route: `None` for a client without credentials."""

    async def provide_known_caller(request: Request[Any, Any, Any]) -> Caller | None:
        try:
            return await provide_caller(request)
        except (Problem, DomainError):
            return None

    return provide_known_caller
