"""The problems of a route in the OpenAPI document."""

from collections.abc import Mapping

from litestar.openapi.datastructures import ResponseSpec

from tracklift_adapters.http.callers.session_cookies import CROSS_ORIGIN
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.problems.domain_errors import status_of
from tracklift_adapters.http.problems.problems import PROBLEM_JSON, Problem, ProblemDetails
from tracklift_domain.errors import DomainError, ServiceUnavailableError, TooBusyError
from tracklift_domain.user.access.errors import InsufficientScopeError, InvalidTokenError, TokenExpiredError
from tracklift_domain.user.api_key.errors import ApiKeyExpiredError, InvalidApiKeyError

ProblemKind = type[DomainError] | tuple[int, str]
"""An error of the domain, or the status and the code of a `Problem`."""

INVALID_REQUEST: ProblemKind = (400, "invalid_request")
SMALL_BODY: tuple[ProblemKind, ...] = (
    (400, "incomplete_request"),
    (408, "request_timeout"),
    (413, "too_large"),
    (415, "unsupported_media_type"),
)
"""What can be wrong with a body that is read whole."""
RATE_LIMITED: ProblemKind = (429, "too_many_requests")
CALLER: tuple[ProblemKind, ...] = (
    (401, "missing_token"),
    InvalidTokenError,
    TokenExpiredError,
    InvalidApiKeyError,
    ApiKeyExpiredError,
    InsufficientScopeError,
    CROSS_ORIGIN,
    RATE_LIMITED,
    TooBusyError,
)
"""What can be wrong with the access token or the API key, or with a request that has a cookie."""
_ANYWHERE: tuple[ProblemKind, ...] = (
    (400, "bad_request"),
    ServiceUnavailableError,
    (500, "internal_error"),
)

_MEANINGS = {
    400: "The request makes no sense as it is.",
    401: "The access token or API key is missing or not valid.",
    403: "The caller may not do it or has used up a quota, or another site's page makes the request.",
    404: "There is no such thing, or it belongs to somebody else.",
    408: "The body took too long.",
    409: "The state of things does not allow it.",
    410: "It was there, and is gone.",
    412: "The client speaks another version of the protocol.",
    413: "The body is too large.",
    415: "The body is of a type that is not taken here.",
    416: "No byte of the file lies in the range.",
    422: "The request contradicts an earlier one.",
    423: "Another request is at it: wait for the seconds in the header Retry-After.",
    429: "Too many at once: wait for the seconds in the header Retry-After.",
    460: "The body was damaged on its way: send it again.",
    500: "Something went wrong on the side of the server.",
    503: "A part of the service is not available: try again after the seconds in the header Retry-After.",
    507: "There is no room left.",
}


def problem_responses(*kinds: ProblemKind) -> Mapping[int, ResponseSpec]:
    """Describe the problems of a route by status, each with all its codes and an example.

    Every route can also fail with `bad_request` (no valid Host, say), `service_unavailable` and `internal_error`.
    """
    codes: dict[int, list[str]] = {}
    for kind in (*kinds, *_ANYWHERE):
        status, code = kind if isinstance(kind, tuple) else (status_of(kind), kind.code)
        codes.setdefault(status, []).append(code)
    return {
        status: ResponseSpec(
            ProblemDetails,
            media_type=PROBLEM_JSON,
            generate_examples=False,
            description=f"{_MEANINGS[status]} Codes: {', '.join(f'`{code}`' for code in found)}.",
            examples=[example(code, Problem(status, code, _MEANINGS[status]).members) for code in found],
        )
        for status, found in sorted(codes.items())
    }
