"""Turns every exception into a problem."""

import logging
import math
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from tracklift_adapters.http.problems.domain_errors import status_of
from tracklift_adapters.http.problems.header_text import header_text
from tracklift_adapters.http.problems.problems import Problem
from tracklift_adapters.http.problems.request_ids import current_request_id
from tracklift_adapters.http.problems.wrong_fields import WrongFields
from tracklift_adapters.http.problems.wrong_guesses import headers_of_guess
from tracklift_domain.conversion.errors import InvalidNameError
from tracklift_domain.errors import DomainError, ServiceUnavailableError, TooBusyError
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.media.errors import (
    MediaLostError,
    MediaNotFoundError,
    OutOfSpaceError,
    WrongOffsetError,
)
from tracklift_domain.upload.errors import (
    QuotaExceededError,
    TooManyConversionsError,
    UploadInProgressError,
    UploadLockedError,
)
from tracklift_domain.upload.quota import QuotaName
from tracklift_domain.user.access.errors import InsufficientScopeError, InvalidTokenError
from tracklift_domain.user.api_key.errors import InvalidApiKeyFieldError
from tracklift_domain.user.errors import InvalidQuotaError
from tracklift_domain.user.password.errors import TooManyLogInsError
from tracklift_domain.user.second_factor.errors import TooManyWrongCodesError

_Request = Request[Any, Any, Any]
_log = logging.getLogger(__name__)

_RETRY_AFTER = "5"
"""Seconds: about the time in which a dependency restarts or a conversion ends."""
_RETRY_AFTER_BUSY = "2"
"""Seconds: about the time in which a full queue of passwords is worked off."""
_FRAMEWORK = {
    400: ("bad_request", None),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address doesn't take this method: see the header Allow."),
    413: ("too_large", "The body is larger than this address takes."),
}
"""Code and detail of refusals by the framework; `None` takes its own detail."""
_DISCREET: dict[type[DomainError], str] = {
    ServiceUnavailableError: "A part of Tracklift is not available right now: try again in a few seconds.",
    OutOfSpaceError: "There is no room for more videos right now: try again later.",
    MediaNotFoundError: "The file is not there any more.",
    MediaLostError: "The file was damaged in our storage, for which we are sorry: upload the video again.",
}
"""The public message of errors whose own message is for the operator."""
_NO_BODY = "'data'"
"""The response to a KeyError."""


RespondToProblem = Callable[[_Request, Problem], Response[Any]]
"""Makes the response of a problem."""


def respond_in_json(_request: _Request, problem: Problem) -> Response[Any]:
    """Respond with the problem (RFC 9457)."""
    return problem.to_response()


def problem_handlers(
    amend: Callable[[Problem], Problem] | None = None,
    *,
    respond: RespondToProblem = respond_in_json,
) -> ExceptionHandlersMap:
    """Give the handlers for every exception of an application or a route.

    `amend` may change each problem, and `respond` makes its response, by default JSON.
    """

    def handler(describe: Callable[[_Request, Any], Problem]) -> Callable[[_Request, Any], Response[Any]]:
        def handle(request: _Request, error: Any) -> Response[Any]:  # noqa: ANN401  # as the handlers take it
            problem = describe(request, error)
            return respond(request, amend(problem) if amend else problem)

        return handle

    return {
        Problem: handler(lambda _request, problem: problem),
        DomainError: handler(_domain_problem),
        HTTPException: handler(_framework_problem),
        Exception: handler(_unforeseen_problem),
    }


def _domain_problem(request: _Request, error: DomainError) -> Problem:
    status = status_of(type(error))
    if status == 500:
        return _unforeseen_problem(request, error)
    problem = Problem(status, error.code, str(error), headers=headers_of_guess(error))
    for kind, detail in _DISCREET.items():
        if isinstance(error, kind):
            _log.warning("%s: %s", _name(request), error)
            problem.detail = detail
    if isinstance(error, InvalidOptionError | InvalidApiKeyFieldError | InvalidNameError | InvalidQuotaError):
        problem.extra["field"] = error.field
    if isinstance(error, InvalidTokenError):
        problem.headers["WWW-Authenticate"] = _challenge("invalid_token", error)
    if isinstance(error, InsufficientScopeError):
        scope = "" if error.scope is None else f', scope="{error.scope}"'
        problem.headers["WWW-Authenticate"] = _challenge("insufficient_scope", error) + scope
    problem.extra |= _quota_members(error)
    if isinstance(error, WrongOffsetError):
        problem.extra["offset"] = error.offset
    if isinstance(error, UploadInProgressError | UploadLockedError | TooManyWrongCodesError):
        problem.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    elif status in {429, 503}:
        busy = isinstance(error, TooBusyError | TooManyLogInsError)
        problem.headers["Retry-After"] = _RETRY_AFTER_BUSY if busy else _RETRY_AFTER
    return problem


def _quota_members(error: DomainError) -> dict[str, object]:
    """Say which limit of the user's is used up, and until when."""
    if isinstance(error, TooManyConversionsError):
        name = QuotaName.CONVERSIONS_IN_FLIGHT
        return {"quota": name.value, "limit": error.limit, "used": error.used, "until": None}
    if isinstance(error, QuotaExceededError):
        until = error.until and error.until.isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"quota": error.quota.value, "limit": error.limit, "used": error.used, "until": until}
    return {}


def _challenge(code: str, error: DomainError) -> str:
    """Say in a header what is wrong with a token (RFC 6750, section 3)."""
    return f'Bearer realm="tracklift", error="{code}", error_description="{header_text(str(error))}"'


def _framework_problem(request: _Request, error: HTTPException) -> Problem:
    if error.status_code >= 500:
        return _unforeseen_problem(request, error)
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        return _validation_problem(error.extra, WrongFields.of(request))
    code, detail = _FRAMEWORK.get(error.status_code, ("refused", None))
    return Problem(error.status_code, code, detail or error.detail, headers=error.headers)


def _validation_problem(found: list[dict[str, str]], wrong: WrongFields | None) -> Problem:
    errors = [_field_error(item.get("key", ""), item["message"], wrong) for item in found]
    detail = " ".join(f"{each['field']}: {each['reason']}." for each in errors)
    return Problem(400, "invalid_request", detail, extra={"field": errors[0]["field"], "errors": errors})


def _field_error(key: str, message: str, wrong: WrongFields | None) -> dict[str, str]:
    """Extract from the framework's error which field is wrong, and why."""
    if key == "data" and wrong is not None:
        return {"field": wrong.field, "reason": wrong.reason}
    # "data" is the handler's argument for the body, a name that no client knows.
    field = "body" if key == "data" else key
    return {"field": field, "reason": "is missing" if message == _NO_BODY else message}


def _unforeseen_problem(request: _Request, error: Exception) -> Problem:
    _log.error("%s broke.", _name(request), exc_info=error)
    return Problem(500, "internal_error", "Something went wrong on our side.")


def _name(request: _Request) -> str:
    # Quoted again, so that a line break in a path does not start a new line in the log.
    return f"{request.method} {quote(request.url.path)} (request {current_request_id()})"
