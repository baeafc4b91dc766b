"""Problems of requests that do not reach the application."""

import json
from collections.abc import Iterable

from litestar.types import Receive, Scope, Send

from tracklift_adapters.http.problems.problems import PROBLEM_JSON, Problem
from tracklift_adapters.http.server.request_meter import LARGEST_HEADERS, LARGEST_TARGET, MOST_HEADERS

RAW_PROBLEMS = {
    problem.status: problem
    for problem in (
        Problem(400, "bad_request", "This is not a valid HTTP request."),
        Problem(408, "request_timeout", "The headers did not come in time: send the request again."),
        Problem(414, "target_too_long", f"The target has more than {LARGEST_TARGET} bytes."),
        Problem(
            431,
            "headers_too_large",
            f"The headers have more than {LARGEST_HEADERS} bytes, or there are more than {MOST_HEADERS}.",
        ),
        Problem(
            503,
            "too_many_connections",
            "There are too many connections: send this again in a few seconds.",
            # Seconds: the time after which idle connections end.
            headers={"Retry-After": "5"},
        ),
    )
}
"""By status."""


def raw_problem(status: int, default_headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write a whole answer, after which the connection ends."""
    problem = RAW_PROBLEMS[status]
    headers, body = _headers_and_body(problem)
    lines = [f"HTTP/1.1 {status} {problem.title}".encode()]
    lines += [b"%s: %s" % header for header in (*default_headers, *headers)]
    return b"\r\n".join([*lines, b"", body])


class HealthOnly:
    """Passes `/healthz` on to an application, and refuses every other request as one too many."""

    def __init__(self, app: object) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["path"] == "/healthz":
            await self._app(scope, receive, send)  # type: ignore[operator]  # uvicorn has types of its own for ASGI
            return
        problem = RAW_PROBLEMS[503]
        headers, body = _headers_and_body(problem)
        await send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _headers_and_body(problem: Problem) -> tuple[list[tuple[bytes, bytes]], bytes]:
    body = json.dumps(problem.members).encode()
    headers = {
        "content-type": PROBLEM_JSON,
        "content-length": str(len(body)),
        "connection": "close",
        **{name.lower(): value for name, value in problem.headers.items()},
    }
    return [(name.encode(), value.encode()) for name, value in headers.items()], body
