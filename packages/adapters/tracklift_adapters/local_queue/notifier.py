import asyncio
from contextlib import suppress


class Notifier:
    """Wakes the waiting tasks of this process when a queue may have changed."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def subscribe(self) -> asyncio.Event:
        """Give the next notification. Subscribe before looking for work: a change in between is then not missed."""
        return self._next

    def notify(self) -> None:
        """Wake all who wait."""
        self._next.set()
        self._next = asyncio.Event()


async def wait(notification: asyncio.Event, longest: float) -> None:
    """Wait for a notification, at most so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(longest):
            await notification.wait()
