"""Announces outcomes again that notification has not confirmed."""

from datetime import datetime, timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.events import outcome_of
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.messaging.ports import EventPublisher, EventQueues
from tracklift_domain.messaging.queues import OUTCOME_QUEUE
from tracklift_domain.messaging.room import room_in

_MOST_WAITING = 100
_LONGEST_WAIT = timedelta(hours=1)


class AnnounceUnconfirmedOutcomes:
    """Recovers mails whose events were lost with the broker (a lost disk, a purged queue).

    An event that was not lost after all has the same id, so its mail is not sent twice. Outcomes that wait for hours,
    for example because the mail server is down, are announced at growing intervals, and none while many wait in the
    queue, so that outcomes that were not lost cause no flood of duplicates.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        publisher: EventPublisher,
        queues: EventQueues,
        clock: Clock,
        retention: RetentionPolicy,
    ) -> None:
        self._conversions = conversions
        self._publisher = publisher
        self._queues = queues
        self._clock = clock
        self._retention = retention

    async def __call__(self) -> int:
        """Announce one batch of those that are due, and give their number.

        Raises:
            ServiceUnavailableError: storage or broker can't be reached; the rest is announced the next time.
            UnroutableEventError: no queue takes the events just now.
        """
        now = self._clock.now()
        room = await room_in(self._queues, OUTCOME_QUEUE, most=_MOST_WAITING)
        announced = 0
        before = now - self._retention.stalled
        for conversion in await self._conversions.list_unconfirmed(before, limit=room):
            if not conversion.state.is_outcome:
                # A process of the previous release changed it and left the field.
                await self._conversions.note_announcement(conversion, None)
                continue
            await self._publisher.publish(outcome_of(conversion))
            await self._conversions.note_announcement(conversion, now + self._extra_wait(conversion, now))
            announced += 1
        return announced

    def _extra_wait(self, conversion: Conversion, now: datetime) -> timedelta:
        """Give the additional wait, so that the whole wait equals the age of the outcome, up to an hour."""
        return max(timedelta(0), min(_LONGEST_WAIT, now - conversion.updated_at) - self._retention.stalled)
