"""What a consumer receives and what it answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracklift_domain.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A durable queue and the types of events that it takes."""

    queue: str
    """Lower-case letters, digits and `-`."""
    event_types: tuple[type[Event], ...]
    concurrency: int = 1
    """How many deliveries are handled concurrently."""


@dataclass(frozen=True, slots=True)
class Done:
    """The event needs no more work here: it leaves the queue."""


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The event must be redelivered after the delay."""

    delay: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The event can't be handled: an operator must look at it."""

    reason: str


Disposition = Done | RetryAfter | DeadLetter
EventHandler = Callable[[Event], Awaitable[Disposition]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterRecord:
    """An event that was dead-lettered."""

    id: str
    """Names the dead letter within its queue."""
    queue: str
    event: str
    """The event as it came, CloudEvents JSON if it was readable."""
    reason: str
    died_at: datetime
