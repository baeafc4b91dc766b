"""Announces stalled conversions again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.messaging.ports import EventQueues
from tracklift_domain.messaging.queues import REQUEST_QUEUE
from tracklift_domain.messaging.room import room_in

_BATCH = 100
_LONG = timedelta(hours=1)


class RequestStalledConversions:
    """Recovers conversions whose request was lost with the broker (a lost disk, a purged queue).

    If the request was not lost after all, it is delivered twice, which `RunConversion` tolerates. So that a
    long queue is not flooded, requests are added only while fewer than a hundred wait in it: behind these, a
    lost one would have to wait anyway. A conversion that has been stalled for an hour is announced in any case,
    once an hour.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        queues: EventQueues,
        clock: Clock,
        retention: RetentionPolicy,
        attempts: AttemptPolicy,
    ) -> None:
        self._conversions = conversions
        self._queues = queues
        self._clock = clock
        self._retention = retention
        self._attempts = attempts

    async def __call__(self) -> int:
        """Announce one batch of stalled conversions, and give their number."""
        now = self._clock.now()
        requested = 0
        for conversion in await self._stalled(now):
            again = conversion.request_again(now)
            try:
                await self._conversions.replace(again, [ConversionRequested.of(again)])
            except (StaleConversionError, ConversionNotFoundError):
                continue  # It is not stalled after all.
            requested += 1
        return requested

    async def _stalled(self, now: datetime) -> Sequence[Conversion]:
        found = [
            conversion
            for conversion in await self._conversions.list_stalled(
                now - self._retention.stalled, limit=_BATCH
            )
            if now - conversion.updated_at > self._retention.stalled + self._next_attempt_after(conversion)
        ]
        if not found:
            return ()
        room = await room_in(self._queues, REQUEST_QUEUE, most=_BATCH)
        return [
            conversion
            for place, conversion in enumerate(found)
            if place < room or now - conversion.updated_at > _LONG
        ]

    def _next_attempt_after(self, conversion: Conversion) -> timedelta:
        """Give how long a conversion deliberately waits after an attempt that failed for a passing reason."""
        if conversion.state is not ConversionState.QUEUED or conversion.failure is None:
            return timedelta(0)
        return self._attempts.delay_before_next(conversion.failure, attempts_left=conversion.attempts_left)
