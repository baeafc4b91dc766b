"""Confirms that an outcome was handled, so that it is not announced again."""

import logging

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import Disposition, EventHandler, RetryAfter
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_domain.messaging.ports import EventPublisher
from tracklift_domain.notification.events import OutcomeHandled

_log = logging.getLogger(__name__)


class ConfirmOutcome:
    """Has a handler handle an outcome and confirms it, whatever the result: a mail, no mail, or a dead letter.

    Until it is confirmed, an outcome is announced repeatedly.
    """

    def __init__(self, handler: EventHandler, *, publisher: EventPublisher, clock: Clock) -> None:
        """Wrap the handler that decides what becomes of the outcome."""
        self._handler = handler
        self._publisher = publisher
        self._clock = clock

    async def __call__(self, event: Event) -> Disposition:
        """Handle an event.

        Raises:
            ServiceUnavailableError: broker, mail or log can't be reached, so the event must be redelivered.
        """
        disposition = await self._handler(event)
        if isinstance(event, ConversionCompleted | ConversionFailed) and not isinstance(
            disposition, RetryAfter
        ):
            await self._confirm(event)
        return disposition

    async def _confirm(self, outcome: ConversionCompleted | ConversionFailed) -> None:
        try:
            await self._publisher.publish(OutcomeHandled.of(outcome, self._clock.now()))
        except UnroutableEventError as error:
            # The outcome will be announced again, found to be handled, and then confirmed.
            _log.warning("Outcome %s is handled and not confirmed: %s", outcome.id, error)
