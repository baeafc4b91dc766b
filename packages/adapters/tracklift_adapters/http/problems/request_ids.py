"""An id for each request, which links log lines to the response that a user reports."""

import re
import uuid

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tracklift_runtime.log_context import log_context, logged_with

_HEADER = b"x-request-id"
_ACCEPTED = re.compile(rb"[A-Za-z0-9._:=/+-]{1,128}")
"""Safe in a log and in a header; UUIDs, ULIDs and the ids of proxies have this form."""


def current_request_id() -> str:
    """Give the id of the current request; `none` outside of one."""
    return log_context().get("request_id", "none")


class RequestIds:
    """Takes each request's id from X-Request-ID, or makes one, and sends it back in the same header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        given = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        request_id = given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex.encode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (_HEADER, request_id)]
            await send(message)

        with logged_with(request_id=request_id.decode()):
            await self._app(scope, receive, send_with_id)
