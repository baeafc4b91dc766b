import asyncio
from collections.abc import Sequence
from datetime import timedelta

from pika.channel import Channel as DriverChannel
from pika.spec import Basic, BasicProperties

from tracklift_adapters.rabbitmq.channel import Channel, Message
from tracklift_adapters.rabbitmq.connection import Connection
from tracklift_adapters.rabbitmq.errors import SERVICE, driver_errors_translated
from tracklift_adapters.rabbitmq.topology import declare_subscription
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import Subscription


class Deliveries:
    """One message after another from a queue, over one channel, for one worker. Lives in the loop thread.

    The broker sends the next message when the one before is acknowledged, so a worker that is busy keeps none waiting.
    Whatever ends the channel gives an unacknowledged message back, and acknowledgements that come later do nothing.
    """

    def __init__(
        self, connection: Connection, subscription: Subscription, delays: Sequence[timedelta]
    ) -> None:
        self._connection = connection
        self._subscription = subscription
        self._delays = delays
        self._channel: Channel | None = None
        self._is_closed = False
        self._next: asyncio.Future[Message] | None = None

    async def open(self) -> None:
        """Wait for a connection however long that takes, declare what is needed, and begin to consume."""
        await self._connection.start()
        await self._connection.wait()
        channel = await self._connection.channel()
        if self._is_closed:
            channel.begin_to_close()
            return
        self._channel = channel
        self._next = asyncio.get_running_loop().create_future()
        channel.driver.add_on_cancel_callback(self._on_cancel)
        await self.declare()
        await channel.call(channel.driver.basic_qos, prefetch_count=1)
        await channel.call(channel.driver.basic_consume, self._subscription.queue, self._on_message)

    async def declare(self) -> None:
        """Declare the queue and all that its messages may need."""
        if self._channel is not None:
            await declare_subscription(self._channel, self._subscription, self._delays)

    async def next(self) -> Message:
        """Wait for the next message.

        Raises:
            ServiceUnavailableError: the channel was closed, or the broker took the queue away.
        """
        if self._channel is None or self._next is None:
            raise ServiceUnavailableError(SERVICE, "it is not open")
        message = await self._channel.answer(asyncio.shield(self._next), for_ever=True)
        self._next = asyncio.get_running_loop().create_future()
        return message

    def holds(self) -> bool:
        """Whether the last message is still in this worker's hands."""
        return self._channel is not None and self._channel.is_open

    def acknowledge(self, message: Message) -> bool:
        """Let the broker forget a message; `False`, and nothing done, if it is not in this worker's hands any more."""
        if self._channel is None or not self._channel.is_open:
            return False
        with driver_errors_translated():
            self._channel.driver.basic_ack(message.tag)
        return True

    async def close(self) -> None:
        """Stop consuming; unacknowledged messages go back into their queue. Closing twice is not an error."""
        self._is_closed = True
        if self._channel is not None:
            await self._channel.close()

    def _on_message(
        self, _: DriverChannel, method: Basic.Deliver, properties: BasicProperties, body: bytes
    ) -> None:
        if self._next is not None and not self._next.done():
            self._next.set_result(Message(method.delivery_tag or 0, properties, body))

    def _on_cancel(self, _: object) -> None:
        # The queue was deleted, or the broker thinks that the worker takes too long.
        if self._channel is not None:
            self._channel.fail(
                ServiceUnavailableError(SERVICE, "it has taken the queue away from its consumer")
            )
