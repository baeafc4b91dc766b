"""Errors as problem details (RFC 9457)."""

import http
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
"""By RFC 9110 and tus 1.0; versions of Python differ here, or lack them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """What is wrong with one field of a request."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDetails:
    """What went wrong: `code` for programs, `detail` for people. `type` and `title` go with the code and the status.

    The others come with some codes only. `field` is the one that is wrong, and `errors` are all that are, where
    several can be told at once. `quota` is the limit of the user's that is used up, with `limit` and `used` in
    its unit, and `until` is when it has room again, if that is known. `offset` is how many bytes of a resumable
    upload are there. `error` and `error_description` are OAuth's (RFC 6749, section 5.2).
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    errors: Sequence[FieldProblem] | None = None
    quota: str | None = None
    limit: int | None = None
    used: int | None = None
    until: datetime | None = None
    offset: int | None = None
    error: str | None = None
    error_description: str | None = None


class Problem(Exception):  # noqa: N818  # the term of RFC 9457
    """A request that can't be answered for a reason of HTTP and not of the domain."""

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

    @property
    def title(self) -> str:
        """The meaning of its status, in a few words."""
        return _TITLES.get(self.status) or http.HTTPStatus(self.status).phrase

    @property
    def members(self) -> dict[str, Any]:
        """Its members: those of `ProblemDetails` that all problems have, and its own."""
        return {
            "type": _TYPE + self.code.replace("_", "-"),
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **self.extra,
        }

    def to_response(self) -> Response[dict[str, Any]]:
        """Write the problem."""
        return Response(self.members, status_code=self.status, headers=self.headers, media_type=PROBLEM_JSON)


def invalid_request(field: str, reason: str) -> Problem:
    """Make the problem of a field that has no place in the request, or the wrong form there."""
    return Problem(
        400,
        "invalid_request",
        f"{field}: {reason}",
        extra={"field": field, "errors": [{"field": field, "reason": reason}]},
    )
