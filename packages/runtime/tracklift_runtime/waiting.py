"""Waits that end early when the process is asked to stop."""

import asyncio
from datetime import timedelta


async def pause_unless_stopping(stopping: asyncio.Event, pause: timedelta) -> None:
    """Return after the pause, or as soon as `stopping` is set."""
    try:
        async with asyncio.timeout(pause.total_seconds()):
            await stopping.wait()
    except TimeoutError:
        return
