"""What a broker is made of. Declaring a part again changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pika.exchange_type import ExchangeType
from typing_extensions import override

from tracklift_adapters.rabbitmq.channel import Channel


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange."""

    name: str
    kind: ExchangeType

    async def declare(self, channel: Channel) -> None:
        """Make it exist."""
        await channel.call(channel.driver.exchange_declare, self.name, self.kind, durable=True)

    async def look(self, channel: Channel) -> None:
        """Raise `ChannelClosedError` (404) if it does not exist."""
        await channel.call(channel.driver.exchange_declare, self.name, passive=True)

    @override
    def __str__(self) -> str:
        return f"exchange {self.name}"


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue."""

    name: str
    arguments: Mapping[str, Any] = field(hash=False)

    async def declare(self, channel: Channel) -> None:
        """Make it exist."""
        await channel.call(
            channel.driver.queue_declare, self.name, durable=True, arguments=dict(self.arguments)
        )

    async def look(self, channel: Channel) -> None:
        """Raise `ChannelClosedError` (404) if it does not exist."""
        await channel.call(channel.driver.queue_declare, self.name, passive=True)

    @override
    def __str__(self) -> str:
        return f"queue {self.name}"


@dataclass(frozen=True, slots=True)
class Binding:
    """What gets messages from an exchange into a queue. AMQP has no way to ask for it, so it is declared unseen."""

    queue: str
    exchange: str
    routing_key: str = ""

    async def declare(self, channel: Channel) -> None:
        """Make it exist."""
        await channel.call(channel.driver.queue_bind, self.queue, self.exchange, routing_key=self.routing_key)

    async def remove(self, channel: Channel) -> None:
        """Delete it."""
        await channel.call(
            channel.driver.queue_unbind, self.queue, self.exchange, routing_key=self.routing_key
        )

    @override
    def __str__(self) -> str:
        return f"binding of queue {self.queue} to exchange {self.exchange}"


Part = Exchange | Queue | Binding
