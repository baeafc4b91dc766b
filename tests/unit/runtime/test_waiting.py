import asyncio
from datetime import timedelta

from tracklift_runtime.waiting import pause_unless_stopping


async def test_a_pause_ends_when_its_time_is_over() -> None:
    stopping = asyncio.Event()

    await pause_unless_stopping(stopping, timedelta(0))

    assert not stopping.is_set()


async def test_a_pause_ends_at_once_when_the_process_is_to_stop() -> None:
    stopping = asyncio.Event()
    pausing = asyncio.create_task(pause_unless_stopping(stopping, timedelta(days=1)))
    await asyncio.sleep(0)

    stopping.set()

    async with asyncio.timeout(10):
        await pausing
