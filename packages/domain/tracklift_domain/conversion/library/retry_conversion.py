"""Tries a failed conversion again."""

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.optimistic_update import change_conversion, get_owned
from tracklift_domain.conversion.policies import AttemptPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.access.caller import Caller


class RetryConversion:
    """Queues a conversion again that failed for a passing reason."""

    def __init__(
        self, *, conversions: ConversionRepository, feed: UpdateFeed, clock: Clock, attempts: AttemptPolicy
    ) -> None:
        self._conversions = conversions
        self._feed = feed
        self._clock = clock
        self._attempts = attempts

    async def __call__(self, caller: Caller, conversion_id: ConversionId) -> Conversion:
        """Give a failed conversion new attempts.

        Raises:
            ConversionNotFoundError: the caller has no such conversion.
            InvalidTransitionError: it has not failed.
            NotRetryableError: a retry can't fix its failure.
        """
        await get_owned(self._conversions, caller, conversion_id)
        queued = await change_conversion(
            self._conversions,
            conversion_id,
            lambda stored: stored.retry(self._clock.now(), attempts=self._attempts.attempts),
            lambda stored: [ConversionRequested.of(stored)],
        )
        await self._feed.publish(ConversionUpdate.of(queued))
        return queued
