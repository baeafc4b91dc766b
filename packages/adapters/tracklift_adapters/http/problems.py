"""Errors as problem details (RFC 9457)."""

import http
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from litestar import Response

PROBLEM_JSON = "application/problem+json"
_TYPE = "urn:tracklift:problem:"
_TITLES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
    460: "Checksum Mismatch",
}
"""As RFC 9110 and tus 1.0 have them; versions of Python differ here, or have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDetails:
    """What went wrong: `code` for programs, `detail` for people. `type` and `title` go with the code and the status."""

    type: str
    title: str
    status: int
    code: str
    detail: str

    @classmethod
    def of(cls, problem: "Problem") -> "ProblemDetails":
        """Write a problem with the members that all have."""
        return cls(
            type=_TYPE + problem.code.replace("_", "-"),
            title=_TITLES.get(problem.status) or http.HTTPStatus(problem.status).phrase,
            status=problem.status,
            code=problem.code,
            detail=problem.detail,
        )


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

    def to_response(self) -> Response[dict[str, Any]]:
        """Write the problem with the members of `ProblemDetails` and its own."""
        body = {**asdict(ProblemDetails.of(self)), **self.extra}
        return Response(body, status_code=self.status, headers=self.headers, media_type=PROBLEM_JSON)


def invalid_request(field: str, reason: str) -> Problem:
    """Make the problem of a field that has no place in the request, or the wrong form there."""
    return Problem(
        400,
        "invalid_request",
        f"{field}: {reason}",
        extra={"field": field, "errors": [{"field": field, "reason": reason}]},
    )
