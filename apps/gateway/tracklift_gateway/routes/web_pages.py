"""Routes for the web application: its shell at the path of each page, and its files."""

from typing import Any

from litestar import MediaType, Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.files.web_files import CHECKED, IMMUTABLE
from tracklift_adapters.http.problems.problem_handlers import RespondToProblem
from tracklift_adapters.http.problems.problems import Problem
from tracklift_gateway.routes.provider_sign_in import FAILED_PAGE
from tracklift_gateway.web_application import HASHED, POLICY, WebApplication

PAGES = (
    "/",
    "/library",
    "/conversions",
    "/conversions/{conversion_id:str}",
    "/account",
    "/admin",
    "/admin/conversions",
    "/admin/dead-letters",
    "/sign-in",
    FAILED_PAGE,
    "/sign-up",
    "/forgot-password",
    # Mails link to these and to the page of a conversion.
    "/verify-email",
    "/reset-password",
    "/accept-invitation",
    "/confirm-email",
)
"""The paths at which the web application has pages. The application decides what they show."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    # Makes a new version take effect with the next page.
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    # Complements the `Referrer-Policy` of all responses, since addresses in mails contain tokens.
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FOR_PROGRAMS = ("/v1/", f"/{HASHED}/", "/docs/")
"""Prefixes of paths that are not for pages."""
_SESSION = "tracklift_refresh"
"""The end of the name of the cookie that a browser has while a user is signed in."""
_Request = Request[Any, Any, Any]


def web_routes(application: WebApplication) -> list[ControllerRouterHandler]:
    """Make the routes of an application."""

    def show(request: _Request) -> Response[bytes]:
        path = request.scope["path"]
        # Signed-in users see their own page there, whose texts depend on their data.
        visits = path == "/" and not any(name.endswith(_SESSION) for name in request.cookies)
        languages = request.headers.get("Accept-Language", "")
        shell = application.welcome(languages) if visits else application.shell(path)
        if shell is None:
            raise Problem(
                503, "not_built", "The pages were not built: run 'make web'. The interface works without."
            )
        return Response(shell, media_type=MediaType.HTML, headers=_HEADERS)

    def load(request: _Request, name: FromPath[str]) -> ASGIResponse:
        file = application.files.get(f"{HASHED}/{name}")
        if file is None:
            raise Problem(404, "not_found", "There is no such file: a newer version may have replaced it.")
        return file.answer(request, IMMUTABLE)

    def load_named(request: _Request) -> ASGIResponse:
        return application.files[request.scope["path"].removeprefix("/")].answer(request, CHECKED)

    named = [f"/{path}" for path in application.files if "/" not in path and not path.endswith(".html")]
    return [
        _reading(list(PAGES), show, guards=[_for_people]),
        _reading([f"/{HASHED}/{{name:str}}"], load),
        *([_reading(named, load_named)] if named else []),
    ]


def respond_in_pages(application: WebApplication) -> RespondToProblem:
    """Make the response to problems: a browser at an unknown address gets a page that says so."""

    def respond(request: _Request, problem: Problem) -> Response[Any]:
        lost = problem.status == 404 and problem.code == "not_found" and _is_visit(request)
        shell = application.no_page(request.scope["path"]) if lost else None
        if shell is None:
            return problem.to_response()
        return Response(shell, status_code=404, media_type=MediaType.HTML, headers=_HEADERS)

    return respond


def _is_visit(request: _Request) -> bool:
    reads = request.method in {"GET", "HEAD"}
    wants_a_page = "text/html" in request.headers.get("Accept", "")
    return reads and wants_a_page and not request.scope["path"].startswith(_FOR_PROGRAMS)


def _reading(paths: list[str], handler: Any, **options: Any) -> HTTPRouteHandler:  # noqa: ANN401  # as Litestar takes it
    route = HTTPRouteHandler(
        paths, http_method=["GET", "HEAD"], include_in_schema=False, sync_to_thread=False, **options
    )
    return route(handler)


def _for_people(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard a page: a program that accepts only JSON uses a wrong address. Raises `Problem` (404)."""
    accepted = connection.headers.get("Accept", "")
    if "json" in accepted and "html" not in accepted:
        raise Problem(404, "not_found", "This is a page for people: the interface begins at /v1.")
