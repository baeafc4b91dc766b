"""Who calls: the bearer token of a request (RFC 6750)."""

from collections.abc import Callable
from typing import Any

from litestar import Request

from tracklift_adapters.http.problems import Problem
from tracklift_domain.user.identify_caller import IdentifyCaller
from tracklift_domain.user.user import Caller


def caller_provider(identify_caller: IdentifyCaller) -> Callable[[Request[Any, Any, Any]], Caller]:
    """Make the provider of the `caller` of a request; it answers 401 to one without a good token."""

    def provide_caller(request: Request[Any, Any, Any]) -> Caller:
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            # Without credentials the challenge carries no error code (RFC 6750, section 3.1).
            raise Problem(
                401,
                "missing_token",
                "This needs an access token: get one from /v1/token and send it as 'Authorization: Bearer …'.",
                headers={"WWW-Authenticate": 'Bearer realm="tracklift"'},
            )
        return identify_caller(token.strip())

    return provide_caller
