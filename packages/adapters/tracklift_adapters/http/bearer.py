"""Who calls: the bearer token of a request (RFC 6750), or the cookie of a browser."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request

from tracklift_adapters.http.problems import Problem
from tracklift_adapters.http.session_cookies import SessionCookies
from tracklift_domain.user.identify_bearer import IdentifyBearer
from tracklift_domain.user.user import Caller


def caller_provider(
    identify_bearer: IdentifyBearer, cookies: SessionCookies | None = None
) -> Callable[[Request[Any, Any, Any]], Awaitable[Caller]]:
    """Make the provider of the `caller` of a request; it answers 401 to one without a good token or API key.

    A request with a token in its header needs no cookie, and one that it has besides is ignored. Without `cookies` none
    counts.

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
        caller = await identify_bearer(token.strip())
        caller.require(request.route_handler.opt.get("scope"))
        return caller

    return provide_caller
