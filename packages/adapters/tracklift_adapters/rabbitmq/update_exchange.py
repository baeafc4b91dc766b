import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import NoReturn
from uuid import uuid4

from pika.channel import Channel as DriverChannel
from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

from tracklift_adapters.rabbitmq.channel import Channel
from tracklift_adapters.rabbitmq.connection import Connection
from tracklift_adapters.rabbitmq.errors import SERVICE, NotConnectedError
from tracklift_adapters.rabbitmq.parts import Binding, Part
from tracklift_adapters.rabbitmq.topology import UPDATE_EXCHANGE, UPDATES
from tracklift_domain.errors import IncompleteServiceError, ServiceUnavailableError
from tracklift_runtime.backoff import Backoff
from tracklift_runtime.outage import Outage

_MOST_WAITING = 10_000
"""Messages that the broker keeps for a process that does not take them; of more, the oldest are dropped."""


class UpdateExchange:
    """Sends messages to all who listen, and takes those of others. Lives in the loop thread.

    Nothing is confirmed, kept or said twice: a message is lost when the broker can't be reached.
    """

    def __init__(
        self,
        connection: Connection,
        outage: Outage,
        take: Callable[[bytes], object] | None,
        declare_every: timedelta,
    ) -> None:
        """`take` is called with each message of another process; without it, none is received.

        The broker does not tell that the exchange is gone, so it is declared again `declare_every` so long.
        """
        self._connection = connection
        self._outage = outage
        self._take = take
        self._declare_every = declare_every.total_seconds()
        self._sender = uuid4().hex
        self._channel: Channel | None = None
        self._keeping: asyncio.Task[NoReturn] | None = None

    async def start(self) -> None:
        """Begin to connect. Starting twice is not an error."""
        if self._keeping is None:
            await self._connection.start()
            self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Close the connection. Stopping twice is not an error."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        await self._connection.stop()

    async def check(self) -> None:
        """Raise `ServiceUnavailableError` if updates don't get through just now."""
        await self._connection.check()
        if self._channel is None:
            raise IncompleteServiceError(SERVICE, [f"a usable {UPDATE_EXCHANGE}"])

    def send(self, body: bytes) -> None:
        """Send a message if that is possible just now."""
        # A broker that takes no messages would let them pile up here.
        if self._channel is None or self._connection.blocked is not None:
            return
        with suppress(AMQPError):
            self._channel.driver.basic_publish(UPDATES, "", body, BasicProperties(app_id=self._sender))

    async def _keep(self) -> NoReturn:
        backoff = Backoff()
        while True:
            try:
                await self._connection.wait()
                await self._hold_channel()
            except ServiceUnavailableError as error:
                # That there is no connection is logged by its keeper.
                if not isinstance(error, NotConnectedError):
                    self._outage.goes_on(self, error)
                await asyncio.sleep(backoff.next())

    async def _hold_channel(self) -> None:
        channel = await self._connection.channel()
        try:
            await UPDATE_EXCHANGE.declare(channel)
            parts: list[Part] = [UPDATE_EXCHANGE]
            if self._take is not None:
                parts.append(await self._listen(channel))
            self._channel = channel
            self._outage.is_over(self)
            while True:
                await self._wait(channel)
                # Over a connection that the broker does not listen to, nothing would be answered.
                for part in parts if self._connection.blocked is None else ():
                    await part.declare(channel)
        finally:
            self._channel = None
            channel.begin_to_close()

    async def _wait(self, channel: Channel) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._declare_every):
                await channel.until_closed()

    async def _listen(self, channel: Channel) -> Binding:
        driver = channel.driver
        driver.add_on_cancel_callback(
            lambda _: channel.fail(ServiceUnavailableError(SERVICE, "it has taken the queue of updates away"))
        )
        # A queue of this connection's own, which goes with it, under a name that the broker chooses.
        declared = await channel.call(
            driver.queue_declare,
            "",
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": _MOST_WAITING},
        )
        queue = declared.method.queue
        binding = Binding(queue, UPDATES)
        await binding.declare(channel)
        await channel.call(driver.basic_consume, queue, self._on_message, auto_ack=True)
        return binding

    def _on_message(
        self, _: DriverChannel, __: Basic.Deliver, properties: BasicProperties, body: bytes
    ) -> None:
        if self._take is not None and properties.app_id != self._sender:
            self._take(body)
