import asyncio
from collections.abc import Sequence
from datetime import timedelta

from pika.spec import BasicProperties
from typing_extensions import override

from tracklift_adapters.rabbitmq import messages
from tracklift_adapters.rabbitmq.connection import Connection
from tracklift_adapters.rabbitmq.consumption import Consumption
from tracklift_adapters.rabbitmq.dead_letter_queues import DeadLetterQueues
from tracklift_adapters.rabbitmq.delays import DELAYS
from tracklift_adapters.rabbitmq.deliveries import Deliveries
from tracklift_adapters.rabbitmq.errors import SERVICE, ChannelClosedError, UnroutableMessageError
from tracklift_adapters.rabbitmq.loop_thread import LoopThread
from tracklift_adapters.rabbitmq.publishing import ConfirmedPublishing
from tracklift_adapters.rabbitmq.queue_length import count_waiting
from tracklift_adapters.rabbitmq.server_list import (
    HEARTBEAT,
    PATIENCE,
    RabbitMqSettings,
    ServerList,
    quieten_driver,
)
from tracklift_adapters.rabbitmq.settling import Settling
from tracklift_adapters.rabbitmq.topology import EVENTS, declare_subscription
from tracklift_adapters.rabbitmq.topology_upkeep import DECLARE_EVERY, TopologyUpkeep
from tracklift_domain.clock import Clock
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetterRecord, EventHandler, Subscription
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.ports import DeadLetters, EventConsumer, EventPublisher, EventQueues
from tracklift_runtime.cloud_events import encode_event
from tracklift_runtime.deliver_event import DeliverEvent
from tracklift_runtime.outage import Outage


class RabbitMqBroker(EventPublisher, EventConsumer, EventQueues, DeadLetters):
    """RabbitMQ, from 3.10 on, between the services.

    There are two connections, since a broker short of room stops listening to publishers, and finished work must
    be acknowledged nevertheless. `consume` declares its own queue, and does so again after each outage. Declaring a
    queue replaces the types that it took before. While the broker is open, an exchange, a queue or a binding that is
    deleted is declared again within seconds. Before `open` and after `close` the broker counts as one that can't be
    reached.
    """

    def __init__(
        self,
        urls: str,
        clock: Clock,
        redelivery: RedeliveryPolicy,
        *,
        name: str = "tracklift",
        delays: Sequence[timedelta] = DELAYS,
        heartbeat: timedelta = HEARTBEAT,
        patience: timedelta = PATIENCE,
        declare_every: timedelta = DECLARE_EVERY,
    ) -> None:
        """Name the servers; nothing is connected yet.

        `urls` has an AMQP URL for each server of the cluster, with blanks between them; `amqps` means TLS. `name` is
        shown for the connections by the broker's management pages. All processes use the same `delays`. A connection
        on which nothing came for one and a half times `heartbeat`, in whole seconds, is given up. A connection, an
        answer or a confirmation is waited for as long as `patience`. Everything is declared again every
        `declare_every`, which is at least a second.

        Raises:
            ValueError: a URL can't be read, or `heartbeat` is less than a second.
        """
        servers = ServerList(urls, heartbeat=heartbeat, patience=patience)
        self._clock = clock
        self._redelivery = redelivery
        self._delays = delays
        self._thread = LoopThread(f"{name}-rabbitmq")
        outage = Outage(f"{SERVICE} can't be reached", f"{SERVICE} is reached again")
        self._sending = Connection(f"{name}: publishing", servers, outage)
        self._receiving = Connection(f"{name}: consuming", servers, outage)
        self._publishing = ConfirmedPublishing(self._sending, servers.patience)
        self._upkeep = TopologyUpkeep(self._sending, delays, declare_every)
        self._dead_letters = DeadLetterQueues(self._sending, self._publishing, servers.patience)

    @classmethod
    def of(cls, settings: RabbitMqSettings, clock: Clock, *, name: str) -> "RabbitMqBroker":
        """Take the servers that an app's settings name, under the app's name."""
        return cls(
            settings.rabbitmq_url,
            clock,
            RedeliveryPolicy(),
            name=name,
            heartbeat=settings.rabbitmq_heartbeat,
        )

    async def open(self) -> None:
        """Begin to connect, and return without waiting for it. Opening twice is not an error."""
        quieten_driver()
        self._thread.open()
        await self._thread.run(self._sending.start)
        await self._thread.run(self._upkeep.start)

    async def close(self) -> None:
        """Close the connections. Closing twice is not an error."""
        await self._thread.close(self._upkeep.stop, self._receiving.stop, self._sending.stop)

    async def check(self) -> None:
        """Find out whether this process could do its work with the broker just now.

        Raises:
            IncompleteServiceError: an exchange, a queue or a binding is missing; it is declared again.
            ServiceUnavailableError: the broker can't be reached.
        """
        await self._thread.run(self._upkeep.check)

    @override
    async def publish(self, event: Event) -> None:
        body, properties = encode_event(event).encode(), messages.properties_of(event)
        try:
            await self._thread.run(self._publish, event.type, body, properties)
        except UnroutableMessageError as error:
            raise UnroutableEventError(event.type) from error

    @override
    async def declare(self, subscriptions: Sequence[Subscription]) -> None:
        self._upkeep.take_on(subscriptions)
        await self._thread.run(self._declare, subscriptions)

    @override
    async def consume(
        self, subscription: Subscription, handler: EventHandler, *, stopping: asyncio.Event
    ) -> None:
        self._upkeep.take_on([subscription])
        consumption = Consumption(
            subscription.queue,
            DeliverEvent(subscription, handler, self._redelivery),
            thread=self._thread,
            new_deliveries=lambda: Deliveries(self._receiving, subscription, self._delays),
            settling=Settling(subscription.queue, self._publishing, self._clock, self._delays),
            stopping=stopping,
        )
        await consumption.run(subscription.concurrency)

    @override
    async def waiting(self, queue: str) -> int:
        return await self._thread.run(count_waiting, self._sending, queue)

    @override
    async def list(self, queue: str, *, limit: int) -> Sequence[DeadLetterRecord]:
        return await self._thread.run(self._dead_letters.oldest, queue, limit)

    @override
    async def get(self, queue: str, letter_id: str) -> DeadLetterRecord:
        return await self._thread.run(self._dead_letters.get, queue, letter_id)

    @override
    async def redrive(self, queue: str, letter_id: str) -> None:
        await self._thread.run(self._dead_letters.put_back, queue, letter_id)

    async def _publish(self, event_type: str, body: bytes, properties: BasicProperties) -> None:
        try:
            await self._publishing.publish(EVENTS, event_type, body, properties)
        except UnroutableMessageError:
            self._upkeep.note_unroutable(event_type)
            raise
        except ChannelClosedError:
            self._upkeep.begin_round()
            raise
        self._upkeep.note_routed(event_type)

    async def _declare(self, subscriptions: Sequence[Subscription]) -> None:
        channel = await self._sending.channel()
        try:
            for subscription in subscriptions:
                await declare_subscription(channel, subscription, self._delays)
        except ChannelClosedError:
            self._upkeep.begin_round()
            raise
        finally:
            await channel.close()
