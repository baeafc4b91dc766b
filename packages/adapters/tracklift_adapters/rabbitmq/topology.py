"""The exchanges and queues in the broker. Each user of them declares them; declaring again changes nothing.

    tracklift.events ──(type)──▶ converter ◀──(converter)── tracklift.redelivery
    tracklift.delay.16s ──▶ tracklift.delay.16s ──(after 16 s)──▶ tracklift.redelivery
    converter.dead

Quorum queues hold everything that must not be lost. A queue's arguments can't be changed once it exists, so they are
the same for everybody, whatever is configured.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pika.exchange_type import ExchangeType

from tracklift_adapters.rabbitmq.channel import Channel
from tracklift_adapters.rabbitmq.parts import Binding, Exchange, Part, Queue
from tracklift_domain.messaging.delivery import Subscription
from tracklift_runtime.cloud_events import EVENT_TYPES

EVENTS = "tracklift.events"
REDELIVERY = "tracklift.redelivery"
UPDATES = "tracklift.updates"

_KEPT_SAFE: dict[str, Any] = {
    "x-queue-type": "quorum",
    # RabbitMQ 4 drops a message that came back 20 times, and looking at dead letters is such a coming back. No limit
    # is -1 in 4 and must not be given in 3, so it is the largest number that both take.
    "x-delivery-limit": 2**31 - 1,
}
_CONSUMER_TIMEOUT = timedelta(days=1)
"""How long a handler may take before the broker gives its event to another; RabbitMQ's own limit is half an hour.

Known from RabbitMQ 3.12 on. Before, only `consumer_timeout` of the server's configuration counts.
"""


def dead_queue(queue: str) -> str:
    """Name the queue of a queue's dead letters."""
    return f"{queue}.dead"


def delay_queue(step: timedelta) -> str:
    """Name the queue, and its exchange, in which messages wait for this long."""
    return f"tracklift.delay.{step.total_seconds():g}s"


EVENT_EXCHANGE = Exchange(EVENTS, ExchangeType.topic)
UPDATE_EXCHANGE = Exchange(UPDATES, ExchangeType.fanout)


def parts_of(subscription: Subscription, delays: Sequence[timedelta]) -> Sequence[Part]:
    """Name all that a consumer needs, in the order in which it can be declared."""
    queue = subscription.queue
    timeout = {"x-consumer-timeout": round(_CONSUMER_TIMEOUT.total_seconds() * 1000)}
    return [
        EVENT_EXCHANGE,
        Exchange(REDELIVERY, ExchangeType.direct),
        *(part for step in delays for part in _parts_of_delay(step)),
        Queue(dead_queue(queue), _KEPT_SAFE),
        Queue(queue, _KEPT_SAFE | timeout),
        Binding(queue, REDELIVERY, queue),
        *(Binding(queue, EVENTS, event_type) for event_type in sorted(_types_of(subscription))),
    ]


async def declare_subscription(
    channel: Channel, subscription: Subscription, delays: Sequence[timedelta]
) -> None:
    """Declare all that a consumer needs. Its queue takes the types of the subscription and no other known ones."""
    for part in parts_of(subscription, delays):
        await part.declare(channel)
    for event_type in sorted(EVENT_TYPES.keys() - _types_of(subscription)):
        await Binding(subscription.queue, EVENTS, event_type).remove(channel)


def _types_of(subscription: Subscription) -> set[str]:
    return {event_type.type for event_type in subscription.event_types}


def _parts_of_delay(step: timedelta) -> Sequence[Part]:
    name = delay_queue(step)
    arguments = _KEPT_SAFE | {
        "x-message-ttl": round(step.total_seconds() * 1000),
        # The routing key stays the one with which the message came: the queue that it is to go back to.
        "x-dead-letter-exchange": REDELIVERY,
        # By default what can't be handed on just then is dropped. Handing on safely needs this way to overflow.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return [Exchange(name, ExchangeType.fanout), Queue(name, arguments), Binding(name, name)]
