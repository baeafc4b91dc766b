"""Tells those who watch a conversion how much of its video has come in."""

from collections.abc import AsyncGenerator, AsyncIterable
from datetime import datetime, timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.watching.conversion_update import Arrival, ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed

_EVERY = timedelta(seconds=1)
"""As often as a person reads a number; each report goes to every gateway."""


class ArrivalReports:
    """Publishes about once a second how many bytes of an upload are in, whether these come in one part or in many."""

    def __init__(
        self,
        uploading: Conversion,
        *,
        feed: UpdateFeed,
        clock: Clock,
        start: int = 0,
        length: int | None = None,
        news_at: datetime | None = None,
    ) -> None:
        """Report of a request whose bytes begin at `start`; the part before it ended at `news_at`.

        `None`: it brings the first bytes.
        """
        self._uploading = uploading
        self._feed = feed
        self._clock = clock
        self._start = start
        self._length = length
        self._news_at = news_at

    async def passing(self, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
        """Pass the request's chunks on, and publish at most once a second how many bytes are in."""
        received, reported_at = self._start, self._clock.now()
        async with closing_stream(chunks):
            async for chunk in chunks:
                received += len(chunk)
                now = self._clock.now()
                if now - reported_at >= _EVERY:
                    self._news_at = reported_at = now
                    await self._publish(received)
                yield chunk

    async def end_of_part(self, offset: int, ended_at: datetime) -> None:
        """Publish how much is in now that the part has ended, which was recorded at `ended_at`.

        Parts may be tiny and many. So all but the first are reported only if they ended in another second of the clock
        than the news before, which stands in the record, whichever process received the part before.
        """
        if offset > self._start and (self._news_at is None or _second(ended_at) != _second(self._news_at)):
            await self._publish(offset)

    async def _publish(self, received: int) -> None:
        arrival = Arrival(received, self._length)
        await self._feed.publish(ConversionUpdate.of(self._uploading, arrival=arrival))


def _second(time: datetime) -> datetime:
    return time.replace(microsecond=0)
