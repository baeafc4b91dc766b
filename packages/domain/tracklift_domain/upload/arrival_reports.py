"""Reports to the watchers of a conversion how much of its video has arrived."""

from collections.abc import AsyncGenerator, AsyncIterable
from datetime import datetime, timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.watching.conversion_update import Arrival, ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed

_EVERY = timedelta(seconds=1)
"""A person can't follow a number that changes faster, and each report goes to every gateway."""


class ArrivalReports:
    """Publishes about once a second how many bytes of an upload have arrived, in one part or in many."""

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
        """Report on a request whose bytes begin at `start`.

        `news_at` is when the previous part ended; `None`: this request sends the first bytes.
        """
        self._uploading = uploading
        self._feed = feed
        self._clock = clock
        self._start = start
        self._length = length
        self._news_at = news_at

    async def passing(self, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
        """Pass the request's chunks on, and publish at most once a second how many bytes have arrived."""
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
        """Publish how many bytes have arrived after the part has ended; `ended_at` is the recorded time of its end.

        There may be many tiny parts. So a part other than the first is reported only if it ended in another second of
        the clock than the previous news. The time of that is in the record, whichever process received the last part.
        """
        if offset > self._start and (self._news_at is None or _second(ended_at) != _second(self._news_at)):
            await self._publish(offset)

    async def _publish(self, received: int) -> None:
        arrival = Arrival(received, self._length)
        await self._feed.publish(ConversionUpdate.of(self._uploading, arrival=arrival))


def _second(time: datetime) -> datetime:
    return time.replace(microsecond=0)
