"""Hands an event from a broker to its handler."""

import asyncio
import logging
from dataclasses import dataclass

from tracklift_domain.errors import DomainError, ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import (
    DeadLetter,
    Disposition,
    EventHandler,
    RetryAfter,
    Subscription,
)
from tracklift_domain.messaging.errors import MalformedEventError, UnknownEventTypeError
from tracklift_domain.messaging.policies import RedeliveryPolicy
from tracklift_runtime.cloud_events import decode_event
from tracklift_runtime.log_context import logged_with

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done with an event that was delivered."""

    disposition: Disposition
    failures: int = 0
    """How often in a row the event was not handled; to be stored with it for its next delivery."""


class DeliverEvent:
    """Hands the events of one queue to its handler, and always decides what is to be done with them.

    Every broker delivers through this class, so that text that is not an event, and a handler that raises, are treated
    the same everywhere.

    An event of a type that is not in the subscription is left in the queue for a while, for another consumer: a newer
    release has bound the queue to more types, and its replicas run alongside this one, or soon will. Removing such an
    event from the queue would lose it for them, and dead-lettering it immediately would require an operator.
    """

    def __init__(
        self, subscription: Subscription, handler: EventHandler, redelivery: RedeliveryPolicy
    ) -> None:
        self._queue = subscription.queue
        self._event_types = frozenset(subscription.event_types)
        self._handler = handler
        self._redelivery = redelivery

    async def __call__(self, text: str | bytes, *, failures: int) -> Outcome:
        """Deliver one event; `failures` is how often in a row it has not been handled so far.

        Raises nothing except the cancellation of the calling task.
        """
        try:
            event = decode_event(text)
            if type(event) not in self._event_types:
                raise UnknownEventTypeError(event.type)
        except MalformedEventError as error:
            return self._dead_lettered(error)
        except UnknownEventTypeError as error:
            return self._left_for_newer(error, failures + 1)
        with logged_with(**{"event_id": event.id, event.subject_name: event.subject}):
            return await self._handle(event, failures)

    async def _handle(self, event: Event, failures: int) -> Outcome:
        try:
            disposition = await self._handler(event)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # The delivery itself was not cancelled; something that the handler awaited was cancelled elsewhere.
            return self._after_failure(event, error, failures + 1)
        except Exception as error:  # noqa: BLE001  # whatever a handler raises, its event must be redelivered
            return self._after_failure(event, error, failures + 1)
        return Outcome(self._reported(event, disposition))

    def _dead_lettered(self, error: DomainError) -> Outcome:
        _log.warning("Queue %s: an event is dead-lettered. %s", self._queue, error)
        return Outcome(DeadLetter(_writable(str(error))))

    def _left_for_newer(self, error: UnknownEventTypeError, deliveries: int) -> Outcome:
        if deliveries >= self._redelivery.deliveries_of_unknown_type:
            return self._dead_lettered(error)
        delay = self._redelivery.delay_after(deliveries)
        _log.warning(
            "Queue %s: an event is left for a newer release, the %d. time in a row. It is redelivered in %s. %s",
            self._queue,
            deliveries,
            delay,
            error,
        )
        return Outcome(RetryAfter(delay, _writable(f"it is left for a newer release. {error}")), deliveries)

    def _after_failure(self, event: Event, error: BaseException, failures: int) -> Outcome:
        delay = self._redelivery.delay_after(failures)
        # An outage explains itself; any other error needs a traceback.
        is_outage = isinstance(error, ServiceUnavailableError)
        _log.log(
            logging.WARNING if is_outage else logging.ERROR,
            "Queue %s: handling event %s failed, the %d. time in a row. It is redelivered in %s. %s",
            self._queue,
            event.id,
            failures,
            delay,
            error if is_outage else repr(error),
            exc_info=None if is_outage else error,
        )
        return Outcome(RetryAfter(delay, f"its handler raised {error!r}"), failures)

    def _reported(self, event: Event, disposition: Disposition) -> Disposition:
        match disposition:
            case RetryAfter(delay=delay, reason=reason):
                _log.info("Queue %s: event %s is redelivered in %s: %s", self._queue, event.id, delay, reason)
            case DeadLetter(reason=reason):
                _log.warning("Queue %s: event %s is dead-lettered: %s", self._queue, event.id, reason)
                return DeadLetter(_writable(reason))
        return disposition


def _writable(reason: str) -> str:
    # A malformed event may contain a lone surrogate, which can't be encoded, so no broker could store the reason.
    return reason.encode("utf-8", "backslashreplace").decode("utf-8")
