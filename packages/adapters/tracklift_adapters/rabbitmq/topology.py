"""The exchanges and queues in the broker. Whoever needs them declares them; declaring again changes nothing.

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
from tracklift_domain.cloud_events import EVENT_TYPES
from tracklift_domain.messaging.delivery import Subscription

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


async def declare_events(channel: Channel) -> None:
    """Declare the exchange to which events are published."""
    await channel.call(channel.driver.exchange_declare, EVENTS, ExchangeType.topic, durable=True)


async def declare_subscription(
    channel: Channel, subscription: Subscription, delays: Sequence[timedelta]
) -> None:
    """Declare all that a consumer needs. Its queue takes the types of the subscription and no other known ones."""
    driver, queue = channel.driver, subscription.queue
    await declare_events(channel)
    await channel.call(driver.exchange_declare, REDELIVERY, ExchangeType.direct, durable=True)
    for step in delays:
        await _declare_delay(channel, step)
    await channel.call(driver.queue_declare, dead_queue(queue), durable=True, arguments=_KEPT_SAFE)
    timeout = {"x-consumer-timeout": round(_CONSUMER_TIMEOUT.total_seconds() * 1000)}
    await channel.call(driver.queue_declare, queue, durable=True, arguments=_KEPT_SAFE | timeout)
    await channel.call(driver.queue_bind, queue, REDELIVERY, routing_key=queue)
    wanted = {event_type.type for event_type in subscription.event_types}
    for event_type in sorted(wanted):
        await channel.call(driver.queue_bind, queue, EVENTS, routing_key=event_type)
    for event_type in sorted(EVENT_TYPES.keys() - wanted):
        await channel.call(driver.queue_unbind, queue, EVENTS, routing_key=event_type)


async def _declare_delay(channel: Channel, step: timedelta) -> None:
    name = delay_queue(step)
    arguments = _KEPT_SAFE | {
        "x-message-ttl": round(step.total_seconds() * 1000),
        # The routing key stays the one with which the message came: the queue that it is to go back to.
        "x-dead-letter-exchange": REDELIVERY,
        # By default what can't be handed on just then is dropped. Handing on safely needs this way to overflow.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    await channel.call(channel.driver.exchange_declare, name, ExchangeType.fanout, durable=True)
    await channel.call(channel.driver.queue_declare, name, durable=True, arguments=arguments)
    await channel.call(channel.driver.queue_bind, name, name)
