"""A server as every service has it, around routes that do as little as can be, and connections byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from litestar import Litestar, Request, get, post
from litestar.response import Stream
from typing_extensions import override

from tracklift_adapters.http.application.operations import operation_routes
from tracklift_adapters.http.bodies.body import body_chunks
from tracklift_adapters.http.bodies.small_bodies import BoundedRequest
from tracklift_adapters.http.problems.problem_handlers import problem_handlers
from tracklift_adapters.http.server.bounded_protocol import BoundedHttpProtocol
from tracklift_adapters.http.server.connection_limits import ConnectionLimits
from tracklift_adapters.http.server.connection_table import ConnectionSlot
from tracklift_adapters.http.server.listeners import listen
from tracklift_adapters.http.server.server import Server

PATIENCE = 20
"""Seconds, for what hangs."""
MEGABYTE = 1024 * 1024
DAY = timedelta(days=1)
LARGE = 64 * MEGABYTE
"""Bytes of `/large`: more than the buffers of a connection hold."""


class _Counting(BoundedHttpProtocol):
    received = b""

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.received = (self.received + data)[-1000:]


class _CountingServer(Server):
    @override
    def _make_protocol(self, slot: ConnectionSlot) -> BoundedHttpProtocol:
        return _Counting(self.config, self.server_state, self.lifespan.state, slot=slot, table=self.table)


@dataclass
class SmallServer:
    """The server, the clock that it goes by, and what its routes have seen."""

    limits: ConnectionLimits
    seconds: float = 0.0
    """What the clock shows."""
    finish: asyncio.Event = field(default_factory=asyncio.Event)
    """Lets `/slow` answer."""
    begun: int = 0
    """Requests that a route has begun with."""
    seen: list[dict[str, str]] = field(default_factory=list)
    """The headers of requests to `/size`, after their bodies."""

    def application(self) -> Litestar:
        """Make the application."""

        @get("/slow")
        async def slow() -> str:
            self.begun += 1
            await self.finish.wait()
            return "done"

        @get("/large")
        async def large() -> Stream:
            async def chunks() -> AsyncIterator[bytes]:
                for _ in range(LARGE // MEGABYTE):
                    yield bytes(MEGABYTE)

            return Stream(chunks())

        @post("/size", status_code=200)
        async def size(request: Request[Any, Any, Any]) -> str:
            total = sum([len(chunk) async for chunk in body_chunks(request)])
            self.seen.append(dict(request.headers))
            return str(total)

        @post("/small", status_code=200)
        async def small(request: Request[Any, Any, Any]) -> str:
            return str(len(await request.body()))

        return Litestar(
            [slow, large, size, small, *operation_routes({})],
            exception_handlers=problem_handlers(),
            request_class=BoundedRequest,
            request_max_body_size=None,
            openapi_config=None,
            logging_config=None,
        )

    @asynccontextmanager
    async def run(self) -> AsyncIterator["SmallServer"]:
        """Serve."""
        with listen("127.0.0.1", 0) as listening:
            self.server = _CountingServer(
                self.application(),
                listening,
                drain=timedelta(seconds=1),
                limits=self.limits,
                now=lambda: self.seconds,
            )
            self.port = listening.getsockname()[1]
            ready = asyncio.Event()
            running = asyncio.create_task(self.server.run_until_stopped(ready.set))
            await ready.wait()
            try:
                yield self
            finally:
                self.finish.set()
                self.server.stop()
                await running

    def let_pass(self, wait: timedelta) -> None:
        """Put the clock forward, and have the server look at it."""
        self.seconds += wait.total_seconds()
        self.server.table.sweep()

    @asynccontextmanager
    async def connect(self, address: str = "127.0.0.1") -> AsyncIterator["RawConnection"]:
        """Open a connection from an address of this machine."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(address, 0), limit=LARGE
        )
        try:
            yield RawConnection(reader, writer)
        finally:
            writer.transport.abort()

    async def until(self, connections: int) -> None:
        """Wait until there are so many connections."""
        async with asyncio.timeout(PATIENCE):
            while len(self.server.table) != connections:
                await asyncio.sleep(0)

    async def until_open(self, connections: int) -> list[BoundedHttpProtocol]:
        """Wait until there are so many connections, and give them."""
        await self.until(connections)
        state: Any = self.server.server_state
        async with asyncio.timeout(PATIENCE):
            while len(state.connections) != connections:
                await asyncio.sleep(0)
        return list(state.connections)

    async def until_received(self, head: bytes) -> None:
        """Wait until the only connection has taken in these bytes as the last ones."""
        (protocol,) = await self.until_open(1)
        assert isinstance(protocol, _Counting)
        async with asyncio.timeout(PATIENCE):
            while not protocol.received.endswith(head):
                await asyncio.sleep(0)

    async def until_begun(self, requests: int) -> None:
        """Wait until `/slow` has been asked so often."""
        async with asyncio.timeout(PATIENCE):
            while self.begun < requests:
                await asyncio.sleep(0)


@dataclass
class RawConnection:
    """A connection on which every byte is the test's own."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, *parts: bytes) -> None:
        """Send bytes, whether or not the server takes them."""
        self.writer.write(b"".join(parts))

    def get(self, path: str, *more: str) -> None:
        """Send the head of a request without a body."""
        self.send("\r\n".join([f"GET {path} HTTP/1.1", "Host: tracklift.test", *more, "", ""]).encode())

    async def flood(self, piece: bytes, most: int) -> int:
        """Send the same until the server answers, or `most` bytes are sent; give how many were."""
        sent = 0
        answer: Any = self.reader
        with suppress(ConnectionError):
            while sent < most and not answer._buffer:
                self.writer.write(piece)
                sent += len(piece)
                await self.writer.drain()
                await asyncio.sleep(0)
        return sent

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read an answer whose length is announced."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            status_line, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(status_line.split()[1]), headers, body

    async def status(self) -> int:
        """Read an answer, and give its status."""
        return (await self.answer())[0]

    async def rest(self) -> bytes:
        """Read to the end of the connection, however it comes."""
        content = bytearray()
        async with asyncio.timeout(PATIENCE):
            try:
                while piece := await self.reader.read(MEGABYTE):
                    content += piece
            except ConnectionResetError:
                pass
        return bytes(content)
