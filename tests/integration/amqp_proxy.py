"""A piece of network between a client and RabbitMQ that can be cut, go silent, or be let in on later."""

import asyncio
import ssl
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

from pika import spec
from pika.frame import Method

from tests.servers.ports import free_port


class AmqpProxy:
    """Forwards connections to a RabbitMQ, once it is opened."""

    def __init__(self, url: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._target = urlsplit(url)
        self._tls = tls
        self._port = free_port()
        self._server: asyncio.Server | None = None
        self._links: list[_Link] = []
        self._cuts = 0
        self.accepted = 0

    @property
    def url(self) -> str:
        """The URL that leads through it."""
        scheme, host = ("amqp", "127.0.0.1") if self._tls is None else ("amqps", "localhost")
        user = f"{self._target.username}:{self._target.password}"
        return f"{scheme}://{user}@{host}:{self._port}{self._target.path}"

    async def __aenter__(self) -> Self:
        """Open it."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()

    async def open(self) -> None:
        """Accept connections; refused before."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port, ssl=self._tls)

    async def close(self) -> None:
        """Refuse connections again and cut those that there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    async def cut(self) -> None:
        """Cut all connections, as a router does that is switched off and on."""
        self._cuts += 1
        links, self._links = self._links, []
        for link in links:
            await link.cut()

    def go_silent(self) -> None:
        """Let nothing through on the connections that there are, in neither direction, and tell neither side."""
        for link in self._links:
            link.passing.clear()

    def go_on(self) -> None:
        """Let everything through again."""
        for link in self._links:
            link.passing.set()

    def say_blocked(self, reason: str) -> None:
        """Tell the clients that the broker takes no messages for now. Only while nothing else is on its way to them."""
        self._say(spec.Connection.Blocked(reason))

    def say_unblocked(self) -> None:
        """Tell the clients that the broker takes messages again."""
        self._say(spec.Connection.Unblocked())

    def _say(self, method: spec.Connection.Blocked | spec.Connection.Unblocked) -> None:
        for link in self._links:
            link.client.write(Method(0, method).marshal())

    async def _connect(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self.accepted += 1
        cuts = self._cuts
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self._target.port)
        except OSError:
            client.transport.abort()
            return
        link = _Link(reader, client, answers, server)
        if cuts == self._cuts:
            self._links.append(link)
        else:
            await link.cut()


class _Link:
    def __init__(
        self,
        questions: asyncio.StreamReader,
        client: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> None:
        self.passing = asyncio.Event()
        self.passing.set()
        self.client = client
        self._ends = (client, server)
        self._pumps = [
            asyncio.create_task(self._pump(questions, server)),
            asyncio.create_task(self._pump(answers, client)),
        ]

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self.passing.wait()
                sink.write(data)
                await sink.drain()
        await self.passing.wait()
        sink.close()

    async def cut(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for end in self._ends:
            end.transport.abort()
