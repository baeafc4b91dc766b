"""Responses that are sent before the request's body has arrived."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send


class EarlyAnswers:
    """Lets a client that is still sending read why its body is refused, and then closes the connection.

    Closing a connection with unread bytes resets it, and the response can be lost with it (RFC 9112, section 9.6). So
    the response is sent first, then arriving bytes are read and dropped for a while, and only then is the connection
    closed. The body is not read to its end, however long it is.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        longest: timedelta = timedelta(seconds=10),
        most: int = 64 * 1024 * 1024,
    ) -> None:
        """Wrap an application. After a refusal, bytes are dropped for at most that long and up to that number.

        Ten seconds suffice to read a response over any network. The number of bytes limits fast networks.
        """
        self._app = app
        self._longest = longest
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        exchange = _Exchange(receive, send, longest=self._longest, most=self._most)
        exchange.body_is_due = _announces_body(scope)
        await self._app(scope, exchange.receive, exchange.send)


def _announces_body(scope: Scope) -> bool:
    # RFC 9112, section 6.3: without either header a request has no body.
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 ") != b"")
        for name, value in scope["headers"]
    )


class _Exchange:
    """One request and its response."""

    body_is_due = False
    """Whether more of the request may arrive."""

    def __init__(self, receive: Receive, send: Send, *, longest: timedelta, most: int) -> None:
        self._receive = receive
        self._send = send
        self._longest = longest
        self._most = most
        self._refused = False

    async def receive(self) -> Any:  # noqa: ANN401  # whatever ASGI has
        """Pass on the request, and note its end."""
        message = await self._receive()
        self.body_is_due = bool(message.get("more_body", False))
        return message

    async def send(self, message: Message) -> None:
        """Pass on the response, and delay the end of a refusal until the refused bytes are dropped."""
        if message["type"] == "http.response.start" and message["status"] >= 400 and self.body_is_due:
            self._refused = True
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        elif message["type"] == "http.response.body" and self._refused and not message["more_body"]:
            await self._send({**message, "more_body": True})
            await self._drop_the_rest()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _drop_the_rest(self) -> None:
        dropped = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self._longest.total_seconds()):
                while self.body_is_due and dropped <= self._most:
                    dropped += len((await self.receive()).get("body", b""))
