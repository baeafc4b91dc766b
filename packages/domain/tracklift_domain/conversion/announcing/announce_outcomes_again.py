"""Announces outcomes again whose events were lost."""

from datetime import datetime

from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.announcing.ports import ConversionInventory
from tracklift_domain.conversion.events import outcome_of
from tracklift_domain.messaging.ports import EventPublisher


class AnnounceOutcomesAgain:
    """Recovers mails whose events were lost, even if they count as handled, as after a restore.

    An event that was not lost after all has the same id as before, so its mail is not sent again as long as the
    log of deliveries remembers it.
    """

    def __init__(self, *, inventory: ConversionInventory, publisher: EventPublisher) -> None:
        self._inventory = inventory
        self._publisher = publisher

    async def __call__(self, since: datetime) -> int:
        """Announce what ended since a time, and give the number of conversions.

        Raises:
            ServiceUnavailableError: the storage or the broker can't be reached; repeating everything does no harm.
            UnroutableEventError: no queue takes the events yet.
        """
        announced = 0
        async with closing_stream(self._inventory.ended_since(since)) as ended:
            async for conversion in ended:
                await self._publisher.publish(outcome_of(conversion))
                announced += 1
        return announced
