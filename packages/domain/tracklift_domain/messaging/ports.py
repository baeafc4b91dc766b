"""What the hand-off of events needs from the outside world."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.delivery import DeadLetterRecord, EventHandler, Subscription

EventReader = Callable[[str], Event]
"""Reads an event as a broker carries it. Raises `MalformedEventError` or `UnknownEventTypeError`."""


class Outbox(Protocol):
    """Events that were stored together with their causes, and wait to be published.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def pending(self, *, limit: int) -> Sequence[Event]:
        """Give at most `limit` unpublished events, oldest first."""

    @abstractmethod
    async def mark_published(self, event_ids: Sequence[EventId]) -> None:
        """Remove published events. Unknown ones are ignored."""

    @abstractmethod
    async def wait(self, longest: timedelta) -> None:
        """Return once this process has stored an event since the last call, at the latest after `longest`."""


class EventPublisher(Protocol):
    """Hands events to the broker."""

    @abstractmethod
    async def publish(self, event: Event) -> None:
        """Publish an event. When this returns, every queue that takes its type has stored it durably.

        Publishing an event twice delivers it twice.

        Raises:
            ServiceUnavailableError: the broker can't be reached or did not confirm; the event may or may not be
            stored. UnroutableEventError: no queue takes it.
        """


class EventConsumer(Protocol):
    """Takes events from the broker's queues, each at least once, in no guaranteed order."""

    @abstractmethod
    async def declare(self, subscriptions: Sequence[Subscription]) -> None:
        """Declare the queues and the types of events that they take. Repeating it changes nothing.

        Raises:
            ServiceUnavailableError: the broker can't be reached.
        """

    @abstractmethod
    async def consume(
        self, subscription: Subscription, handler: EventHandler, *, stopping: asyncio.Event
    ) -> None:
        """Hand events of a declared queue to the handler, up to `concurrency` concurrently, until `stopping` is set.

        Then no new event is taken, those in progress are finished, and the call returns. The event leaves the
        queue, is redelivered or is dead-lettered as the handler's answer says; when the handler raises, it is
        redelivered with a growing delay. An event that is no longer readable here is dead-lettered. A
        cancellation of the call cancels the handlers, and their events are redelivered. An event whose consumer
        died is redelivered too. While a broker can't be reached the call keeps trying.
        """


class EventQueues(Protocol):
    """Tells how full the broker's queues are.

    Raises:
        ServiceUnavailableError: from every method, when the broker can't be reached.
    """

    @abstractmethod
    async def waiting(self, queue: str) -> int:
        """Count the events that a consumer could take now; 0 if there is no such queue.

        Events in progress, delayed events and dead letters are not counted. The number may be slightly out of date.
        """


class DeadLetters(Protocol):
    """The events that were dead-lettered.

    Raises:
        ServiceUnavailableError: from every method, when the broker can't be reached.
    """

    @abstractmethod
    async def list(self, queue: str, *, limit: int) -> Sequence[DeadLetterRecord]:
        """Give at most `limit` dead letters of a queue, oldest first."""

    @abstractmethod
    async def get(self, queue: str, letter_id: str) -> DeadLetterRecord:
        """Give one dead letter of a queue. Raises `DeadLetterNotFoundError`."""

    @abstractmethod
    async def redrive(self, queue: str, letter_id: str) -> None:
        """Put a dead letter back into its queue. Raises `DeadLetterNotFoundError`."""
