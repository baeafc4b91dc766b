import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.local_queue.consumption import Consumption
from tracklift_adapters.local_queue.dead_letter_table import DeadLetterTable
from tracklift_adapters.local_queue.message_table import MessageTable
from tracklift_adapters.local_queue.notifier import Notifier
from tracklift_adapters.local_queue.queue_file import QueueFile
from tracklift_domain.clock import Clock
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetterRecord, EventHandler, Subscription
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_domain.messaging.ports import DeadLetters, EventConsumer, EventPublisher, EventQueues
from tracklift_runtime.deliver_event import DeliverEvent


class LocalQueue(EventPublisher, EventConsumer, EventQueues, DeadLetters):
    """A durable broker in one SQLite file, for the processes of one machine.

    What is published or settled is on the disk when the call returns. Declaring a queue replaces the types that it took
    before. Before `open` and after `close`, every method of the ports raises `ServiceUnavailableError`.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        redelivery: RedeliveryPolicy,
        *,
        lease: timedelta = timedelta(seconds=30),
        poll_every: timedelta = timedelta(seconds=1),
        patience: timedelta = timedelta(seconds=5),
    ) -> None:
        """Name the file and the times.

        An event at work is held by a lease, renewed at a third of it. Events of this process are seen at once, those
        of other processes within `poll_every`. `patience` is how long a call waits while another process writes.
        """
        self._clock = clock
        self._redelivery = redelivery
        self._lease = lease
        self._poll_every = poll_every
        self._file = QueueFile(path, patience=patience)
        self._messages = MessageTable(self._file, clock, lease=lease)
        self._dead_letters = DeadLetterTable(self._file)
        self._notifier = Notifier()

    async def open(self) -> None:
        """Open the file, and make it if it is not there (its folder must be). Opening twice is not an error.

        Raises:
            UnusableQueueFileError: the file is damaged, of a newer release, or of something else.
            ServiceUnavailableError: it can't be opened.
        """
        await self._file.open()

    async def close(self) -> None:
        """Finish what was begun and close the file. Closing twice is not an error."""
        await self._file.close()

    async def release_leases(self) -> int:
        """Make all events that somebody holds available at once, and give how many there were.

        For the start of a process that alone uses the file: their holders are dead.
        """
        released = await self._messages.release_all()
        self._notifier.notify()
        return released

    @override
    async def publish(self, event: Event) -> None:
        await self._messages.add(event)
        self._notifier.notify()

    @override
    async def declare(self, subscriptions: Sequence[Subscription]) -> None:
        await self._messages.declare(subscriptions)

    @override
    async def consume(
        self, subscription: Subscription, handler: EventHandler, *, stopping: asyncio.Event
    ) -> None:
        consumption = Consumption(
            subscription.queue,
            DeliverEvent(subscription, handler, self._redelivery),
            messages=self._messages,
            notifier=self._notifier,
            clock=self._clock,
            renew_every=self._lease / 3,
            poll_every=self._poll_every,
            stopping=stopping,
        )
        await consumption.run(subscription.concurrency)

    @override
    async def waiting(self, queue: str) -> int:
        return await self._messages.count_available(queue)

    @override
    async def list(self, queue: str, *, limit: int) -> Sequence[DeadLetterRecord]:
        return await self._dead_letters.oldest(queue, limit)

    @override
    async def get(self, queue: str, letter_id: str) -> DeadLetterRecord:
        return await self._dead_letters.get(queue, letter_id)

    @override
    async def redrive(self, queue: str, letter_id: str) -> None:
        await self._dead_letters.put_back(queue, letter_id)
        self._notifier.notify()
