import asyncio
import itertools
from contextlib import suppress
from typing import NoReturn

from pika import spec
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.connection import Parameters
from pika.exceptions import AMQPError, AMQPHeartbeatTimeout, ConnectionClosedByClient
from pika.frame import Method

from tracklift_adapters.rabbitmq.channel import Channel
from tracklift_adapters.rabbitmq.errors import NotConnectedError, describe
from tracklift_adapters.rabbitmq.server_list import ServerList
from tracklift_runtime.backoff import Backoff
from tracklift_runtime.outage import Outage

CLOSING_TAKES = 2.0
"""Seconds that the broker has to say good-bye."""


class Connection:
    """Keeps one connection to the broker. To be made and used in a thread of its own, apart from its construction."""

    def __init__(self, name: str, servers: ServerList, outage: Outage) -> None:
        """`name` is shown by the broker's management pages."""
        self._servers = servers.parameters(name)
        self._patience = servers.patience
        self._heartbeat = servers.heartbeat
        self._outage = outage
        self._backoff = Backoff()
        self._attempt: asyncio.Future[AsyncioConnection] | None = None
        self._trying = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self.blocked: str | None = None
        """Why the broker takes no messages just now, if it said so."""

    async def start(self) -> None:
        """Begin to connect, and to connect again whenever the connection is lost. Starting twice is not an error."""
        if self._keeping is None:
            self._begin_attempt()
            self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Close the connection. Stopping twice is not an error."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            self._forget_attempt()
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def channel(self) -> Channel:
        """Open a channel.

        Raises:
            NotConnectedError: the broker can't be reached. While a try to reach it is going on, its end is waited for.
        """
        return await Channel(await self._connected(), self._patience).open()

    async def check(self) -> None:
        """Raise `NotConnectedError` if there is no connection and none comes about just now."""
        await self._connected()

    async def wait(self) -> None:
        """Wait until there is a connection, however long that takes."""
        while True:
            try:
                await self._connected()
            except NotConnectedError:
                await self._trying.wait()
            else:
                return

    async def _connected(self) -> AsyncioConnection:
        if self._attempt is None:
            raise NotConnectedError("it is not open")
        return await asyncio.shield(self._attempt)

    async def _keep(self) -> NoReturn:
        for parameters in itertools.cycle(self._servers):
            await self._connect_and_hold(parameters)
            await asyncio.sleep(self._backoff.next())
            self._begin_attempt()
        raise AssertionError("a cycle of servers has no end")

    async def _connect_and_hold(self, parameters: Parameters) -> None:
        ended = asyncio.Event()

        def on_end(_: object, reason: BaseException) -> None:
            self.blocked = None
            ended.set()
            # At once, so that no caller is given a connection that is lost.
            self._fail_attempt(reason)

        connection = AsyncioConnection(
            parameters,
            on_open_callback=self._end_attempt,
            on_open_error_callback=on_end,
            on_close_callback=on_end,
            custom_ioloop=asyncio.get_running_loop(),
        )
        connection.add_on_connection_blocked_callback(self._on_blocked)
        connection.add_on_connection_unblocked_callback(self._on_unblocked)
        try:
            await self._until_ended(connection, ended)
        finally:
            if not ended.is_set():
                await self._say_good_bye(connection, ended)

    async def _until_ended(self, connection: AsyncioConnection, ended: asyncio.Event) -> None:
        # The broker sends something twice in a heartbeat. pika notices its silence too, but up to ten seconds later.
        loop = asyncio.get_running_loop()
        received, heard_at = -1, loop.time()
        while not ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat / 4):
                    await ended.wait()
            by_now = _received(connection)
            if by_now != received or not connection.is_open:
                received, heard_at = by_now, loop.time()
            elif loop.time() - heard_at > 1.5 * self._heartbeat:
                _terminate(connection, AMQPHeartbeatTimeout(f"nothing came for {1.5 * self._heartbeat:g} s"))

    async def _say_good_bye(self, connection: AsyncioConnection, ended: asyncio.Event) -> None:
        with suppress(AMQPError):
            connection.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_TAKES):
                await ended.wait()
        if not ended.is_set():
            _terminate(connection, ConnectionClosedByClient(200, "no answer"))
            await ended.wait()

    def _begin_attempt(self) -> None:
        self._attempt = asyncio.get_running_loop().create_future()
        self._trying.set()

    def _end_attempt(self, connection: AsyncioConnection) -> None:
        if self._attempt is not None:
            self._attempt.set_result(connection)
            self._outage.is_over(self)

    def _fail_attempt(self, reason: BaseException) -> None:
        if self._attempt is None:
            return
        error = NotConnectedError(describe(reason))
        if self._attempt.done():
            self._attempt = asyncio.get_running_loop().create_future()
        _fail(self._attempt, error)
        self._trying.clear()
        self._outage.goes_on(self, error)

    def _forget_attempt(self) -> None:
        if self._attempt is not None and not self._attempt.done():
            _fail(self._attempt, NotConnectedError("it is not open"))
        self._attempt = None
        self._trying.clear()

    def _on_blocked(self, _: object, frame: Method[spec.Connection.Blocked]) -> None:
        self.blocked = f"it takes no messages: {frame.method.reason}"

    def _on_unblocked(self, *_: object) -> None:
        self.blocked = None


def _fail(attempt: "asyncio.Future[AsyncioConnection]", error: NotConnectedError) -> None:
    attempt.set_exception(error)
    # Looked at, so that it is not reported as forgotten when no caller asks.
    attempt.exception()


def _received(connection: AsyncioConnection) -> int:
    return int(connection.bytes_received)  # type: ignore[attr-defined]  # public, but missing in the stubs


def _terminate(connection: AsyncioConnection, reason: AMQPError) -> None:
    # The only way in pika to end a connection whose other end is silent; its own check does the same.
    connection._terminate_stream(reason)  # type: ignore[attr-defined]  # noqa: SLF001
