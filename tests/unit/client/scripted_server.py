"""A server of which each answer is written in the test, and both clients that talk to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from typing_extensions import override

from tracklift_client.async_client import AsyncClient
from tracklift_client.client import Client
from tracklift_client.credentials import MemoryTokens, Tokens
from tracklift_client.patience import Patience
from tracklift_client.session import Session

SERVER = "https://tracklift.test"
FAR = 1e12
"""A time, in seconds since 1970, that no test reaches."""
Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class ScriptedServer:
    """Gives the answers in their order, and keeps the requests."""

    answers: list[Answer]
    requests: list[httpx.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """Method and path of each request."""
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def transport(self) -> httpx.MockTransport:
        """Make the transport that leads here, for both kinds of clients."""

        async def handle_async(request: httpx.Request) -> httpx.Response:
            await request.aread()
            return self._answer(request)

        def handle(request: httpx.Request) -> httpx.Response:
            request.read()
            return self._answer(request)

        return _Both(handle, handle_async)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(request.content)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


class _Both(httpx.MockTransport):
    def __init__(
        self, handler: Callable[[httpx.Request], httpx.Response], async_handler: Callable[..., Any]
    ) -> None:
        super().__init__(handler)
        self._async_handler = async_handler

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer an asynchronous client."""
        answer: httpx.Response = await self._async_handler(request)
        return answer


class Driver(Protocol):
    """Calls a method of one of the clients by its name."""

    def run(self, server: ScriptedServer, method: str, *arguments: Any, **named: Any) -> Any:
        """Call a method that gives a result."""

    def items(
        self,
        server: ScriptedServer,
        method: str,
        *arguments: Any,
        into: list[Any] | None = None,
        **named: Any,
    ) -> list[Any]:
        """Call a method that iterates, and give all items; `into` has those that came before an error."""


def logged_in(*, expires_at: float = FAR) -> Session:
    """Make a session with tokens that never waits."""
    tokens = MemoryTokens(Tokens("access-1", "refresh-1", expires_at))
    return Session(tokens=tokens, patience=Patience(first_wait=0.0))


class BlockingDriver:
    """Calls the client that blocks."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def run(self, server: ScriptedServer, method: str, *arguments: Any, **named: Any) -> Any:
        with Client(SERVER, self.session, transport=server.transport()) as client:
            return getattr(client, method)(*arguments, **named)

    def items(
        self,
        server: ScriptedServer,
        method: str,
        *arguments: Any,
        into: list[Any] | None = None,
        **named: Any,
    ) -> list[Any]:
        found = [] if into is None else into
        with Client(SERVER, self.session, transport=server.transport()) as client:
            for item in getattr(client, method)(*arguments, **named):
                found.append(item)  # one by one, so that an error leaves those before it
        return found


class AsynchronousDriver:
    """Calls the client for an event loop."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def run(self, server: ScriptedServer, method: str, *arguments: Any, **named: Any) -> Any:
        async def call() -> Any:
            async with AsyncClient(SERVER, self.session, transport=server.transport()) as client:
                return await getattr(client, method)(*arguments, **named)

        return asyncio.run(call())

    def items(
        self,
        server: ScriptedServer,
        method: str,
        *arguments: Any,
        into: list[Any] | None = None,
        **named: Any,
    ) -> list[Any]:
        found = [] if into is None else into

        async def call() -> None:
            async with AsyncClient(SERVER, self.session, transport=server.transport()) as client:
                async for item in getattr(client, method)(*arguments, **named):
                    found.append(item)  # as above

        asyncio.run(call())
        return found


def answered(value: Any, status: int = 200, **headers: str) -> httpx.Response:
    """Answer with JSON."""
    return httpx.Response(status, json=value, headers=headers)


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    """Answer with a problem."""
    body = {"type": "x", "title": "x", "status": status, "code": code, "detail": f"It is {code}."}
    return httpx.Response(status, content=json.dumps(body), headers=headers)


def tokens(number: int) -> httpx.Response:
    """Answer with tokens."""
    return answered(
        {
            "access_token": f"access-{number}",
            "token_type": "Bearer",
            "expires_in": 900,
            "refresh_token": f"refresh-{number}",
            "refresh_expires_in": 1000,
        }
    )


def pieces(*parts: bytes, lost: bool = False) -> Iterator[bytes]:
    """Give the body of an answer in pieces, and break off behind them if it is lost."""
    yield from parts
    if lost:
        raise httpx.ReadError("reset")


def stream(*parts: bytes, lost: bool = False, status: int = 200, **headers: str) -> Answer:
    """Answer with a body in pieces, whichever client asks; one that is lost breaks off behind them."""

    class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
        @override
        def __iter__(self) -> Iterator[bytes]:
            return pieces(*parts, lost=lost)

        @override
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in pieces(*parts, lost=lost):
                yield part

    return lambda _: httpx.Response(status, stream=Stream(), headers=headers)


def conversion(state: str = "queued", **changed: Any) -> dict[str, Any]:
    """Give the record of a conversion as JSON has it."""
    return {
        "id": "a1",
        "state": state,
        "progress": 0.0,
        "remaining": None,
        "attempt": 0,
        "source": {
            "name": "talk.mp4",
            "size": 10,
            "sha256": None,
            "duration": None,
            "track": None,
            "tracks": [],
            "sent": "whole",
            "kept_until": None,
        },
        "upload": None,
        "options": {
            "bitrate": 192,
            "quality": None,
            "channels": None,
            "sample_rate": None,
            "start": 0.0,
            "end": None,
            "track": "eng",
            "keep_delay": False,
            "normalize": False,
            "title": None,
            "artist": None,
            "album": None,
        },
        "audio": None,
        "error": None,
        "mail": "expected",
        "created_at": "2026-03-01T09:30:00Z",
        "updated_at": "2026-03-01T09:30:00Z",
        "expires_at": None,
        **changed,
    }


def audio(content: bytes, sha256: str) -> dict[str, Any]:
    """Give what a conversion shows of its MP3."""
    return {
        "name": "talk.mp3",
        "size": len(content),
        "sha256": sha256,
        "duration": 1.0,
        "bitrate": 192,
        "damage": None,
        "chapters": None,
        "url": "/v1/conversions/a1/audio",
    }
