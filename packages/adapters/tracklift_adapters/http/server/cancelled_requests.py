"""Responses to requests that take too long when the process stops."""

import asyncio
import json

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tracklift_adapters.http.problems.problems import PROBLEM_JSON, Problem
from tracklift_domain.errors import ServiceUnavailableError

_STOPPING = Problem(
    503, ServiceUnavailableError.code, "Tracklift is stopping right now: send this again in a few seconds."
)
_RETRY_AFTER = b"5"
"""Seconds: about the time in which Tracklift starts again."""


class CancelledRequests:
    """Answers a cancelled request with a problem, if its response has not begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        has_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except asyncio.CancelledError:
            if has_begun or scope["type"] != ScopeType.HTTP:
                raise
            await _refuse(send)


async def _refuse(send: Send) -> None:
    body = json.dumps(_STOPPING.members).encode()
    headers = [
        (b"content-type", PROBLEM_JSON.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", _RETRY_AFTER),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": _STOPPING.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
