"""A line between a browser and Tracklift on which uploads stop where a test wants them to."""

import asyncio
import socket
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

_PIECE = 16 * 1024
_BUFFER = 64 * 1024
"""Bytes that the kernel may take from the browser before they are forwarded."""


class HeldLine:
    """Forwards connections. One that has carried more than so many bytes to the server is held until its release."""

    def __init__(self, address: str, *, after: int, port: int = 0) -> None:
        """Name the server, and the bytes that a connection carries before: more than requests, less than videos.

        The line begins at that port, or at any.
        """
        self._target = urlsplit(address).port
        self._after = after
        self._port = port
        self._open = asyncio.Event()
        self._held = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self.address = ""
        self.carried = 0
        """Bytes from the browser, those of all connections."""

    async def __aenter__(self) -> Self:
        """Accept connections."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = await asyncio.start_server(self._connect, sock=listening, limit=_PIECE)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Refuse connections, and end those that there are."""
        assert self._server is not None
        self._server.close()
        await self.cut()

    async def wait_until_held(self) -> None:
        """Wait until the middle of an upload."""
        await asyncio.wait_for(self._held.wait(), 60)

    def release(self) -> None:
        """Hold nothing any more."""
        self._open.set()

    async def cut(self) -> None:
        """Break off all connections; new ones are as good as before."""
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def _connect(self, questions: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None
        self._links.add(link)
        server: asyncio.StreamWriter | None = None
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self._target)
            ways = (self._up(questions, server), self._down(answers, client))
            ended = [asyncio.create_task(way) for way in ways]
            try:
                await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ended:
                    way.cancel()
                await asyncio.gather(*ended, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # Refused, or cut: the browser sees a connection that breaks off.
        finally:
            self._links.discard(link)
            client.transport.abort()
            if server is not None:
                server.transport.abort()

    async def _up(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        carried = 0
        with suppress(OSError):
            while data := await source.read(_PIECE):
                carried += len(data)
                self.carried += len(data)
                if carried > self._after and not self._open.is_set():
                    self._held.set()
                    await self._open.wait()
                sink.write(data)
                await sink.drain()

    async def _down(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(_PIECE):
                sink.write(data)
                await sink.drain()
