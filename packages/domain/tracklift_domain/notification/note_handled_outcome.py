"""Records that the outcome of a conversion was handled."""

from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.events import outcome_of
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done
from tracklift_domain.notification.events import OutcomeHandled


class NoteHandledOutcome:
    """Keeps a confirmed outcome from being announced again."""

    def __init__(self, *, conversions: ConversionRepository) -> None:
        self._conversions = conversions

    async def __call__(self, event: Event) -> Disposition:
        """Handle a confirmation. One for an earlier outcome, or for a deleted conversion, is dropped.

        Raises:
            ServiceUnavailableError: the storage can't be reached, so the confirmation must be redelivered.
        """
        if not isinstance(event, OutcomeHandled):
            return DeadLetter(f"unexpected event type {event.type}")
        try:
            conversion = await self._conversions.get(event.conversion_id)
        except ConversionNotFoundError:
            return Done()
        if conversion.state.is_outcome and outcome_of(conversion).id == event.outcome_id:
            await self._conversions.note_announcement(conversion, None)
        return Done()
