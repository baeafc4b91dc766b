"""A piece of network between a client and a server that resets each connection after some bytes."""

import asyncio
import random
import socket
import struct
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from tests.servers.ports import free_port

_PIECE = 16 * 1024
_RESET = struct.pack("ii", 1, 0)
"""Lingering for no time: closing sends a reset (socket(7))."""


class ResettingProxy:
    """Forwards connections, each until it has carried so many bytes, in whichever direction."""

    def __init__(self, url: str, *, smallest: int = 150_000, largest: int = 900_000) -> None:
        self._target = urlsplit(url)
        self._port = free_port()
        self._budgets = random.Random(11)  # noqa: S311 (test data, no secret)
        self._range = (smallest, largest)
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self.resets = 0
        """How many connections had their bytes."""

    @property
    def url(self) -> str:
        """The URL that leads through it."""
        return urlunsplit(self._target._replace(netloc=f"127.0.0.1:{self._port}"))

    async def __aenter__(self) -> Self:
        """Open it."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()

    async def open(self) -> None:
        """Accept connections; refused before."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)

    def let_through(self) -> None:
        """Reset no connection from now on."""
        self._range = (2**60, 2**60)

    async def close(self) -> None:
        """Refuse connections, and reset those that there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def _connect(self, questions: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self._target.port)
        except OSError:
            client.transport.abort()
            return
        budget = _Budget(self._budgets.randint(*self._range))
        link = asyncio.create_task(self._forward(budget, (questions, server), (answers, client)))
        self._links.add(link)
        link.add_done_callback(self._links.discard)

    async def _forward(
        self, budget: "_Budget", *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    ) -> None:
        pumps = [asyncio.create_task(_pump(source, sink, budget)) for source, sink in ways]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            self.resets += budget.left <= 0
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for _, sink in ways:
                _reset(sink)


class _Budget:
    def __init__(self, left: int) -> None:
        self.left = left


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, budget: _Budget) -> None:
    with suppress(OSError):
        while budget.left > 0 and (data := await source.read(_PIECE)):
            sink.write(data[: budget.left])
            budget.left -= len(data)
            await sink.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
