"""Tells those who watch a conversion how much of its video has come in."""

from collections.abc import AsyncGenerator, AsyncIterable
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_update import Arrival, ConversionUpdate
from tracklift_domain.conversion.ports import UpdateFeed

_EVERY = timedelta(seconds=1)
"""As often as a person reads a number; each report goes to every gateway."""


async def with_reports(
    chunks: AsyncIterable[bytes],
    uploading: Conversion,
    *,
    feed: UpdateFeed,
    clock: Clock,
    start: int = 0,
    length: int | None = None,
) -> AsyncGenerator[bytes, None]:
    """Pass chunks on that begin at `start`, and publish at most once a second how many bytes are in."""
    received, reported_at = start, clock.now()
    async with closing_stream(chunks):
        async for chunk in chunks:
            received += len(chunk)
            now = clock.now()
            if now - reported_at >= _EVERY:
                reported_at = now
                arrival = Arrival(received, length)
                await feed.publish(ConversionUpdate.of(uploading, arrival=arrival))
            yield chunk
