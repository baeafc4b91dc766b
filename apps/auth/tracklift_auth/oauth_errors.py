"""Problems with the additional members of OAuth 2.0 errors, so that OAuth clients can read them too."""

from tracklift_adapters.http.problems.header_text import header_text
from tracklift_adapters.http.problems.problems import Problem

UNCACHED = {"Cache-Control": "no-store"}
"""RFC 6749, section 5.1."""
_ERRORS = {
    "invalid_grant": "invalid_grant",
    "wrong_credentials": "invalid_grant",
    "second_factor_required": "invalid_grant",
    "wrong_second_factor": "invalid_grant",
    "account_disabled": "invalid_grant",
    "unsupported_grant_type": "unsupported_grant_type",
}


def as_oauth_error(problem: Problem) -> Problem:
    """Add the members of RFC 6749, section 5.2.

    That section has no codes for errors that are not the client's fault; those of section 4.1.2.1 come closest.
    """
    if problem.status in {429, 503}:
        error = "temporarily_unavailable"
    elif problem.status >= 500:
        error = "server_error"
    else:
        error = _ERRORS.get(problem.code, "invalid_request")
    members = {"error": error, "error_description": header_text(problem.detail)}
    return Problem(
        problem.status,
        problem.code,
        problem.detail,
        headers={**problem.headers, **UNCACHED},
        extra={**problem.extra, **members},
    )
