from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from pika.spec import BasicProperties

from tracklift_adapters.rabbitmq import messages
from tracklift_adapters.rabbitmq.channel import Message
from tracklift_adapters.rabbitmq.delays import next_wait
from tracklift_adapters.rabbitmq.deliveries import Deliveries
from tracklift_adapters.rabbitmq.errors import ChannelClosedError, UnroutableMessageError
from tracklift_adapters.rabbitmq.publishing import ConfirmedPublishing
from tracklift_adapters.rabbitmq.topology import dead_queue, delay_queue
from tracklift_domain.clock import Clock
from tracklift_domain.messaging.delivery import DeadLetter, Done, RetryAfter
from tracklift_runtime.deliver_event import Outcome

_LONGEST_DELAY = timedelta(days=366)


class Settling:
    """Does with a queue's messages what is to become of them.

    A message is moved by publishing it anew and acknowledging it once that is confirmed: a crash in between leaves two,
    and never none.
    """

    def __init__(
        self, queue: str, publishing: ConfirmedPublishing, clock: Clock, delays: Sequence[timedelta]
    ) -> None:
        self._queue = queue
        self._publishing = publishing
        self._clock = clock
        self._delays = delays

    def now(self) -> datetime:
        """Tell the time from which a delay counts."""
        return self._clock.now()

    def is_due(self, message: Message) -> bool:
        """Whether a message may be handled now."""
        return messages.due_of(message) <= self._clock.now()

    async def postpone(self, deliveries: Deliveries, message: Message) -> bool:
        """Let a message that is not due wait on."""
        if not deliveries.holds():
            return False
        failures, due = messages.failures_of(message), messages.due_of(message)
        await self._send_to_wait(deliveries, message, failures, due)
        return deliveries.acknowledge(message)

    async def settle(
        self, deliveries: Deliveries, message: Message, outcome: Outcome, handled_at: datetime
    ) -> bool:
        """Do what the outcome says; `False`, and most likely nothing done, if the message was lost meanwhile.

        Raises:
            ServiceUnavailableError: the broker can't be reached, or takes nothing; the message is held still.
        """
        if not deliveries.holds():
            return False
        match outcome.disposition:
            case Done():
                pass
            case RetryAfter(delay=delay):
                due = handled_at + min(delay, _LONGEST_DELAY)
                await self._send_to_wait(deliveries, message, outcome.failures, due)
            case DeadLetter(reason=reason):
                letter = messages.dead(message, letter_id=uuid4().hex, reason=reason, died_at=handled_at)
                await self._publish(deliveries, "", dead_queue(self._queue), message.body, letter)
        return deliveries.acknowledge(message)

    async def _send_to_wait(
        self, deliveries: Deliveries, message: Message, failures: int, due: datetime
    ) -> None:
        wait = next_wait(due - self._clock.now(), self._delays)
        exchange = "" if wait is None else delay_queue(wait)
        properties = messages.waiting(message, failures=failures, due=due)
        await self._publish(deliveries, exchange, self._queue, message.body, properties)

    async def _publish(
        self,
        deliveries: Deliveries,
        exchange: str,
        routing_key: str,
        body: bytes,
        properties: BasicProperties,
    ) -> None:
        try:
            await self._publishing.publish(exchange, routing_key, body, properties)
        except (UnroutableMessageError, ChannelClosedError):
            # Somebody has deleted a queue or an exchange since the consumer declared them.
            await deliveries.declare()
            await self._publishing.publish(exchange, routing_key, body, properties)
