"""Announces conversions again that stand still."""

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository

_BATCH = 100


class RequestStalledConversions:
    """Brings back conversions whose request got lost with the broker that held it (a lost disk, a purged queue).

    A request that is not lost after all is delivered twice, which `RunConversion` bears.
    """

    def __init__(
        self, *, conversions: ConversionRepository, clock: Clock, retention: RetentionPolicy
    ) -> None:
        self._conversions = conversions
        self._clock = clock
        self._retention = retention

    async def __call__(self) -> int:
        """Announce one batch of those that stand still, and give how many they were."""
        now = self._clock.now()
        requested = 0
        for conversion in await self._conversions.list_stalled(now - self._retention.stalled, limit=_BATCH):
            again = conversion.request_again(now)
            try:
                await self._conversions.replace(again, [ConversionRequested.of(again)])
            except (StaleConversionError, ConversionNotFoundError):
                continue  # It moves after all.
            requested += 1
        return requested
