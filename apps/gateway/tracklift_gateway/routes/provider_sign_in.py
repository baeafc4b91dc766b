"""Routes that send a browser to a sign-in provider and back. They respond only with redirects."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.callers.session_cookies import SessionCookies
from tracklift_adapters.http.callers.sign_in_cookie import KeptSignIn, SignInCookie, local_path
from tracklift_adapters.http.problems.problem_handlers import problem_handlers
from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer
from tracklift_gateway.provider_sign_in import ProviderSignIn

_Request = Request[Any, Any, Any]
_Answer = Response[Any]
FAILED_PAGE = "/sign-in-failed"
"""The page of the web application that says why a sign-in failed. It is given only the code of the problem."""
_LONGEST_PARAMETER = 4096
"""Characters. Codes of the known providers have at most a thousand."""
_UNCACHED = {"Cache-Control": "no-store"}


def _problem_redirect(request: _Request, problem: Problem) -> _Answer:
    location = _from_root(request, f"{FAILED_PAGE}?{urlencode({'problem': problem.code})}")
    return Redirect(location, status_code=303, headers={**problem.headers, **_UNCACHED})


def _from_root(request: _Request, path: str) -> str:
    """Give a path of the web application relative to the request, since a proxy may serve Tracklift below a path."""
    return "../" * (request.scope["path"].count("/") - 1) + path.removeprefix("/")


_PAGES: Any = {
    "include_in_schema": False,
    "exception_handlers": problem_handlers(respond=_problem_redirect),
}


@get("/v1/sign-in/{provider:str}", **_PAGES, rate_limit="provider_sign_in")
async def begin(
    request: _Request,
    provider: FromPath[str],
    provider_sign_in: Given[ProviderSignIn],
    sign_in_cookie: Given[SignInCookie],
) -> _Answer:
    """Send the browser to the provider."""
    begun = await provider_sign_in.begin(provider)
    kept = KeptSignIn(secret=begun.secret, return_to=local_path(_parameter(request, "return_to")))
    return Redirect(begun.url, status_code=303, headers=_UNCACHED, cookies=[sign_in_cookie.of(kept)])


@get("/v1/sign-in/{provider:str}/callback", **_PAGES, rate_limit="provider_sign_in")
async def complete(
    request: _Request,
    provider: FromPath[str],
    provider_sign_in: Given[ProviderSignIn],
    sign_in_cookie: Given[SignInCookie],
    session_cookies: Given[SessionCookies],
) -> _Answer:
    """Begin a session from the provider's answer, which the browser brings."""
    kept = sign_in_cookie.read(request)
    answer = ProviderAnswer(
        state=_parameter(request, "state"),
        code=_parameter(request, "code"),
        error=_parameter(request, "error"),
        issuer=_parameter(request, "iss"),
    )
    user_agent = request.headers.get("User-Agent", "")
    tokens = await provider_sign_in.complete(provider, kept.secret, answer, user_agent)
    cookies = [*session_cookies.of(tokens), sign_in_cookie.none()]
    wanted = kept.return_to
    location = _from_root(request, "/") if wanted is None else sign_in_cookie.address(wanted)
    return Redirect(location, status_code=303, headers=_UNCACHED, cookies=cookies)


def _parameter(request: _Request, name: str) -> str:
    value = str(request.query_params.get(name, ""))
    return value if len(value) <= _LONGEST_PARAMETER else ""


PROVIDER_SIGN_IN_ROUTES: list[ControllerRouterHandler] = [begin, complete]
