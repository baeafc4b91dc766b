import asyncio
from contextlib import suppress


class Bell:
    """Wakes the waiting tasks of this process."""

    def __init__(self) -> None:
        self._next_ring = asyncio.Event()

    def listen(self) -> asyncio.Event:
        """Give the next ring. Listen before looking for work: a ring in between is then not missed."""
        return self._next_ring

    def ring(self) -> None:
        """Wake everybody who listens."""
        self._next_ring.set()
        self._next_ring = asyncio.Event()


async def wait(ring: asyncio.Event, longest: float) -> None:
    """Wait for a ring, at most so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(longest):
            await ring.wait()
