"""Errors as problem details (RFC 9457)."""

import http
import logging
from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from tracklift_adapters.http.domain_errors import status_of
from tracklift_domain.conversion.errors import InvalidOptionError
from tracklift_domain.errors import DomainError, ServiceUnavailableError
from tracklift_domain.user.errors import InvalidTokenError

PROBLEM_JSON = "application/problem+json"
_TYPE = "urn:tracklift:problem:"
_Handler = Callable[[Request[Any, Any, Any], Any], Response[Any]]
_log = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818  # the term of RFC 9457
    """A request that can't be answered as asked, for a reason that is HTTP's own and not the domain's."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def problem_response(problem: Problem) -> Response[dict[str, Any]]:
    """Write a problem as a response with the members type, title, status, code and detail."""
    body = {
        "type": _TYPE + problem.code.replace("_", "-"),
        "title": http.HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.extra,
    }
    return Response(body, status_code=problem.status, headers=problem.headers, media_type=PROBLEM_JSON)


def problem_handlers(*, close: bool = False) -> ExceptionHandlersMap:
    """Give the handlers that turn every exception of an application or a route into a problem.

    With `close` the connection is closed behind the answer: for a route that refuses large bodies before they have come
    in, which a server would otherwise read to their end.
    """
    handlers: dict[type[Exception], _Handler] = {
        Problem: _on_problem,
        DomainError: _on_domain_error,
        HTTPException: _on_http_exception,
        Exception: _on_unforeseen,
    }
    return {kind: _closing(handler) if close else handler for kind, handler in handlers.items()}


def _closing(handler: _Handler) -> _Handler:
    def handle(request: Request[Any, Any, Any], error: Any) -> Response[Any]:  # noqa: ANN401  # as the handlers take it
        response = handler(request, error)
        response.headers["Connection"] = "close"
        return response

    return handle


def _on_problem(_request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    return problem_response(problem)


def _on_domain_error(request: Request[Any, Any, Any], error: DomainError) -> Response[Any]:
    status = status_of(error)
    headers: dict[str, str] = {}
    extra: dict[str, Any] = {}
    detail = str(error)
    if isinstance(error, InvalidOptionError):
        extra["field"] = error.field
    if isinstance(error, InvalidTokenError):
        # RFC 6750, section 3.1.
        headers["WWW-Authenticate"] = (
            f'Bearer realm="tracklift", error="invalid_token", error_description="{error}"'
        )
    if isinstance(error, ServiceUnavailableError):
        _log.warning("%s %s: %s", request.method, request.url.path, error)
        detail = "A part of Tracklift is not available right now: try again in a moment."
    if status in {429, 503}:
        headers["Retry-After"] = "5"
    return problem_response(Problem(status, error.code, detail, headers=headers, extra=extra))


def _on_http_exception(_request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    code = http.HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("-", "_")
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        wrong = [{"field": item.get("key", ""), "reason": item.get("message", "")} for item in error.extra]
        detail = " ".join(f"{item['field']}: {item['reason']}." for item in wrong)
        return problem_response(
            Problem(error.status_code, "invalid_request", detail, extra={"errors": wrong})
        )
    return problem_response(
        Problem(error.status_code, code, error.detail or code, headers=error.headers or {})
    )


def _on_unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    _log.error("%s %s broke.", request.method, request.url.path, exc_info=error)
    return problem_response(Problem(500, "internal_error", "Something went wrong on our side."))
