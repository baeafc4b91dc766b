import asyncio

from pika.channel import Channel as DriverChannel
from pika.frame import Method
from pika.spec import Basic, BasicProperties

from tracklift_adapters.rabbitmq.channel import Channel
from tracklift_adapters.rabbitmq.connection import Connection
from tracklift_adapters.rabbitmq.errors import (
    SERVICE,
    UnroutableMessageError,
    driver_errors_translated,
)
from tracklift_adapters.rabbitmq.topology import EVENT_EXCHANGE
from tracklift_domain.errors import ServiceUnavailableError

_SEQUENCE = "x-tracklift-sequence"


class ConfirmedPublishing:
    """Publishes messages and waits until the broker holds each durably, many at once over one channel."""

    def __init__(self, connection: Connection, patience: float) -> None:
        """Publish over a connection. A confirmation is waited for `patience` seconds."""
        self._connection = connection
        self._patience = patience
        self._opening = asyncio.Lock()
        self._confirms: _Confirms | None = None

    async def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: BasicProperties
    ) -> None:
        """Publish a message; when this returns, a queue holds it.

        Raises:
            UnroutableMessageError: no queue takes it.
            ServiceUnavailableError: the broker can't be reached, refused it, or did not confirm it in time.
        """
        try:
            async with asyncio.timeout(self._patience):
                confirms = await self._usable()
                await confirms.publish(exchange, routing_key, body, properties)
        except TimeoutError as error:
            raise ServiceUnavailableError(SERVICE, f"no confirmation within {self._patience:g} s") from error

    async def _usable(self) -> "_Confirms":
        async with self._opening:
            if self._connection.blocked is not None:
                raise ServiceUnavailableError(SERVICE, self._connection.blocked)
            if self._confirms is None or not self._confirms.channel.is_open:
                self._confirms = await self._open()
            return self._confirms

    async def _open(self) -> "_Confirms":
        channel = await self._connection.channel()
        try:
            # Publishing to an exchange that is not there would close the channel.
            await EVENT_EXCHANGE.declare(channel)
            confirms = _Confirms(channel)
            await channel.call(channel.driver.confirm_delivery, confirms.on_answer)
        except BaseException:
            channel.begin_to_close()
            raise
        return confirms


class _Confirms:
    """One channel on which the broker confirms what it holds."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        # Confirmations name a message by its position; returned messages come back with their headers.
        self._sequence = 0
        self._unconfirmed: dict[int, asyncio.Future[bool]] = {}
        self._returned: set[int] = set()
        channel.driver.add_on_return_callback(self._on_return)

    async def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: BasicProperties
    ) -> None:
        sequence = self._sequence + 1
        properties.headers = {**(properties.headers or {}), _SEQUENCE: sequence}
        with driver_errors_translated():
            self.channel.driver.basic_publish(exchange, routing_key, body, properties, mandatory=True)
        self._sequence = sequence
        confirmed = self._unconfirmed[sequence] = asyncio.get_running_loop().create_future()
        try:
            if not await self.channel.answer(confirmed, for_ever=True):
                raise ServiceUnavailableError(SERVICE, "it refused a message")
            if sequence in self._returned:
                raise UnroutableMessageError(exchange, routing_key)
        finally:
            self._unconfirmed.pop(sequence, None)
            self._returned.discard(sequence)

    def on_answer(self, frame: Method[Basic.Ack | Basic.Nack]) -> None:
        tag, is_confirmed = frame.method.delivery_tag, isinstance(frame.method, Basic.Ack)
        # With `multiple`, all of those before are meant too; they are in ascending order.
        first = next(iter(self._unconfirmed), tag) if frame.method.multiple else tag
        for sequence in range(first, tag + 1):
            confirmed = self._unconfirmed.get(sequence)
            if confirmed is not None and not confirmed.done():
                confirmed.set_result(is_confirmed)

    def _on_return(self, _: DriverChannel, __: Basic.Return, properties: BasicProperties, ___: bytes) -> None:
        # An unroutable message comes back before it is confirmed.
        sequence = (properties.headers or {}).get(_SEQUENCE)
        if isinstance(sequence, int) and sequence in self._unconfirmed:
            self._returned.add(sequence)
