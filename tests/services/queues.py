"""How tests put messages into the services' queues by hand, and look at what became of them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

EVENTS = "tracklift.events"
REQUESTED = "tracklift.conversion.requested.v1"
COMPLETED = "tracklift.conversion.completed.v1"
FAILED = "tracklift.conversion.failed.v1"
_REASON = "x-tracklift-reason"


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message that was dead-lettered."""

    body: bytes
    reason: str


class Queues:
    """The queues of one virtual host, over connections that share nothing with the services."""

    def __init__(self, url: str) -> None:
        self._url = url

    def publish(self, event_type: str, *bodies: bytes) -> None:
        """Publish to the topic exchange as the services do.

        Raises:
            pika.exceptions.UnroutableError: no queue takes messages of that type.
        """
        with self._channel() as channel:
            for body in bodies:
                channel.basic_publish(EVENTS, event_type, body, mandatory=True)

    def dead(self, queue: str) -> list[DeadMessage]:
        """Look at the dead letters of a queue; they stay."""
        found: list[DeadMessage] = []
        with self._channel() as channel:
            while True:
                method, properties, body = channel.basic_get(f"{queue}.dead")
                if method is None or properties is None or body is None:
                    return found  # Closing the channel gives back what was taken.
                found.append(DeadMessage(body, str((properties.headers or {}).get(_REASON))))

    def revive(self, queue: str, body: bytes) -> None:
        """Put a dead letter back into its queue, as an operator does."""
        with self._channel() as channel:
            while True:
                method, _, letter = channel.basic_get(f"{queue}.dead")
                assert method is not None, "there is no such dead letter"
                assert method.delivery_tag is not None
                if letter == body:
                    channel.basic_publish("", queue, body)
                    channel.basic_ack(method.delivery_tag)
                    return

    def delete_exchange(self, exchange: str = EVENTS) -> None:
        """Delete an exchange, with its bindings."""
        with self._channel() as channel:
            channel.exchange_delete(exchange)

    def delete_queue(self, queue: str) -> None:
        """Delete a queue, with its messages and bindings."""
        with self._channel() as channel:
            channel.queue_delete(queue)

    def exists(self, queue: str) -> bool:
        """Tell whether there is such a queue."""
        try:
            with self._channel() as channel:
                channel.queue_declare(queue, passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return False
        return True

    def unbind(self, queue: str, event_type: str) -> None:
        """Keep a queue from getting messages of a type."""
        with self._channel() as channel:
            channel.queue_unbind(queue, EVENTS, event_type)

    def purge(self, queue: str) -> int:
        """Delete the messages of a queue, and give how many there were."""
        with self._channel() as channel:
            return int(channel.queue_purge(queue).method.message_count or 0)

    @contextmanager
    def tapped(self) -> Iterator["Tap"]:
        """Listen in to all that is published while the context lasts."""
        with self._channel() as channel:
            declared = channel.queue_declare("", exclusive=True)
            channel.queue_bind(declared.method.queue, EVENTS, routing_key="#")
            yield Tap(channel, declared.method.queue)

    @contextmanager
    def _channel(self) -> Iterator[BlockingChannel]:
        with closing(pika.BlockingConnection(pika.URLParameters(self._url))) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel


class Tap:
    """Hears the messages of the topic exchange."""

    def __init__(self, channel: BlockingChannel, queue: str) -> None:
        self._channel = channel
        self._queue = queue
        self._heard: list[tuple[str, bytes]] = []

    def heard(self, event_type: str, conversion_id: str) -> bytes | None:
        """Give the first message of that type about a conversion, if it was published yet."""
        while True:
            method, _, body = self._channel.basic_get(self._queue, auto_ack=True)
            if method is None or body is None:
                break
            self._heard.append((method.routing_key or "", body))
        for kind, body in self._heard:
            if kind == event_type and conversion_id.encode() in body:
                return body
        return None
