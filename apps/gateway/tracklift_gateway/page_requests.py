"""What requests for pages have in common: they come from people, and so do the answers to those that fail."""

import re
from typing import Any

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from tracklift_adapters.http.media_types import FORM, takes
from tracklift_adapters.http.problem_handlers import problem_handlers
from tracklift_adapters.http.problems import Problem, ProblemDetails
from tracklift_domain.identifiers import ConversionId
from tracklift_gateway import pages
from tracklift_gateway.pages import Place

CREDENTIALS = ("email", "password")
TOKEN = "access_token"  # noqa: S105  # the name of a field (RFC 6750, section 2.2)
ENDED = "You were signed in for a while: sign in again."
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_Request = Request[Any, Any, Any]
_Connection = ASGIConnection[Any, Any, Any, Any]


def place_of(request: _Request) -> Place:
    """Tell where the other pages are, seen from the requested one."""
    return Place.of(request.scope["path"])


def _for_people(connection: _Connection, _handler: BaseRouteHandler) -> None:
    """Guard a page: a program that asks for JSON alone has taken a wrong address. Raises `Problem` (404)."""
    if _wants_json(connection):
        raise Problem(404, "not_found", "This is a page for people: the interface begins at /v1.")


def read_id(conversion_id: str) -> ConversionId:
    """Read the id in a path. Raises `Problem` (404) for what can't be one."""
    if not _ID.fullmatch(conversion_id):
        raise Problem(404, "not_found", "There is no page at this address: is the link from the mail whole?")
    return ConversionId(conversion_id)


def _respond(request: _Request, problem: Problem) -> Response[Any]:
    if _wants_json(request):
        return problem.to_response()
    title = ProblemDetails.of(problem).title.capitalize()
    page = pages.message(place_of(request), title, problem.detail, status=problem.status)
    page.headers.update(problem.headers)
    return page


def _wants_json(connection: _Connection) -> bool:
    accepted = connection.headers.get("Accept", "")
    return "json" in accepted and "html" not in accepted


_SHOWN: dict[str, Any] = {
    "include_in_schema": False,
    "exception_handlers": problem_handlers(respond=_respond),
}
ASKED: dict[str, Any] = {**_SHOWN, "guards": [_for_people]}
"""What routes of pages have in common."""
SENT: dict[str, Any] = {**_SHOWN, "status_code": 200, "guards": [takes(FORM)]}
"""What routes of forms have in common."""
