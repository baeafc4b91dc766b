"""Redrives a dead-lettered event."""

from contextlib import suppress

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.errors import (
    ConversionNotFoundError,
    InvalidTransitionError,
    NotRetryableError,
)
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.optimistic_update import change_conversion
from tracklift_domain.conversion.policies import AttemptPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_domain.messaging.errors import MalformedEventError, UnknownEventTypeError
from tracklift_domain.messaging.ports import DeadLetters, EventReader


class RedriveDeadLetter:
    """Puts a dead letter back into its queue, at the operator's request.

    The request of a conversion is dead-lettered when the conversion has failed for a passing reason.
    Redelivered, it would find the conversion ended, so it is given new attempts first, as on a retry by its
    owner.
    """

    def __init__(
        self,
        *,
        dead_letters: DeadLetters,
        read_event: EventReader,
        conversions: ConversionRepository,
        clock: Clock,
        attempts: AttemptPolicy,
    ) -> None:
        self._dead_letters = dead_letters
        self._read_event = read_event
        self._conversions = conversions
        self._clock = clock
        self._attempts = attempts

    async def __call__(self, queue: str, letter_id: str) -> None:
        """Put the dead letter back.

        Raises:
            DeadLetterNotFoundError: the queue has none of this id.
            ServiceUnavailableError: the broker or the storage can't be reached; the call may be repeated.
        """
        letter = await self._dead_letters.get(queue, letter_id)
        requested = self._requested_conversion(letter)
        if requested is not None:
            await self._reopen(requested)
        await self._dead_letters.redrive(queue, letter_id)

    def _requested_conversion(self, letter: DeadLetterRecord) -> ConversionId | None:
        try:
            event = self._read_event(letter.event)
        except (MalformedEventError, UnknownEventTypeError):
            return None
        return event.conversion_id if isinstance(event, ConversionRequested) else None

    async def _reopen(self, conversion_id: ConversionId) -> None:
        # It may have been deleted, or retried by its owner: the worker finds out what to do.
        with suppress(ConversionNotFoundError, InvalidTransitionError, NotRetryableError):
            await change_conversion(
                self._conversions,
                conversion_id,
                lambda stored: stored.retry(self._clock.now(), attempts=self._attempts.attempts),
                # In addition to the letter, which may fail to be put back; a second request does no harm.
                lambda stored: [ConversionRequested.of(stored)],
            )
