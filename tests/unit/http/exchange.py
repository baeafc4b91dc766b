"""A client that speaks ASGI itself, for what a well-behaved one can't do: stop in the middle, stand still, go away."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from litestar import Litestar

_PATIENCE = 10
"""Seconds after which an answer that does not come fails the test."""


class Exchange:
    """One request to an application and the answer to it, message by message."""

    def __init__(
        self,
        app: Litestar,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        query: str = "",
        client: tuple[str, int] | None = ("203.0.113.7", 4711),
    ) -> None:
        self.messages: list[dict[str, Any]] = []
        """What the application has sent."""
        self.asked = 0
        """How many messages the application has asked for."""
        self.taken = 0
        """How many messages the application has taken."""
        self._changed = asyncio.Event()
        self._enough: bytes | None = None
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in {"Host": "tracklift.test", **(headers or {})}.items()
            ],
            "client": client,
            "server": ("tracklift.test", 80),
            "state": {},
        }
        self.task = asyncio.create_task(app(scope, self._receive, self._send))
        self.task.add_done_callback(lambda _: self._changed.set())

    @property
    def status(self) -> int | None:
        """The status, once the answer has begun."""
        return self.messages[0]["status"] if self.messages else None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer."""
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        """What has come of the answer's body."""
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def is_complete(self) -> bool:
        """Whether the end of the answer has come."""
        return len(self.messages) > 1 and not self.messages[-1].get("more_body", False)

    def send(self, body: bytes = b"", *, more: bool = False) -> None:
        """Send a part of the body, or all of it."""
        self._incoming.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def stop_reading(self, *, after: bytes) -> None:
        """Read no more once this part of the body has arrived, so that the writer has to wait."""
        self._enough = after

    def disconnect(self) -> None:
        """Go away."""
        self._incoming.put_nowait({"type": "http.disconnect"})

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds of the exchange."""
        async with asyncio.timeout(_PATIENCE):
            while not condition():
                assert not self.task.done(), f"the application is done, and has sent {self.messages}"
                self._changed.clear()
                await self._changed.wait()

    async def end(self) -> None:
        """Wait until the application is done with the request."""
        async with asyncio.timeout(_PATIENCE):
            await self.task

    async def _receive(self) -> Any:
        self.asked += 1
        self._changed.set()
        message = await self._incoming.get()
        self.taken += 1
        self._changed.set()
        return message

    async def _send(self, message: Any) -> None:
        self.messages.append(message)
        self._changed.set()
        if self.is_complete:
            self.disconnect()
        if self._enough is not None and self.body.startswith(self._enough):
            await asyncio.Event().wait()
