"""How a worker reports its progress."""

import asyncio

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.extraction.progress import Progress


class ProgressReporter:
    """Sends the progress of a claimed conversion to its watchers, without delaying the work."""

    def __init__(self, feed: UpdateFeed, claimed: Conversion) -> None:
        self._feed = feed
        self._claimed = claimed
        self._sending: set[asyncio.Task[None]] = set()

    def __call__(self, progress: Progress) -> None:
        """Start to send the progress. Never waits and never raises."""
        task = asyncio.create_task(self._feed.publish(ConversionUpdate.of(self._claimed, progress)))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Drop unsent progress, so that none follows the outcome."""
        sending = tuple(self._sending)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
