"""What is left of a local queue when the process that uses it is killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contracts.event_broker import CONVERTER, NOW, PATIENCE, REDELIVERY, Handler, consuming, requested
from tests.integration import local_queue_process
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.local_queue.local_queue import LocalQueue

pytestmark = pytest.mark.kill


@asynccontextmanager
async def process(*arguments: str | Path) -> AsyncIterator[asyncio.StreamReader]:
    """Run the other process, give what it prints, and kill it at the end of the block (SIGKILL)."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        local_queue_process.__file__,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert started.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            yield started.stdout
    finally:
        started.kill()
        await started.wait()


async def lines(output: asyncio.StreamReader, count: int) -> list[str]:
    """Read so many lines."""
    return [(await output.readline()).decode().strip() for _ in range(count)]


async def rest_of(output: asyncio.StreamReader) -> list[str]:
    """Read what is left, without a last line that was cut off."""
    return (await output.read()).decode().split("\n")[:-1]


@pytest.mark.parametrize("count", [1, 10, 150])
async def test_each_event_that_a_killed_publisher_had_confirmed_is_delivered(
    tmp_path: Path, count: int
) -> None:
    file = tmp_path / "queue.sqlite3"
    async with process("publish", file) as output:
        confirmed = await lines(output, count)
    confirmed += await rest_of(output)
    handler = Handler()

    queue = LocalQueue(file, ManualClock(NOW), REDELIVERY)
    await queue.open()
    async with consuming(queue, CONVERTER, handler):
        await handler.until(len(confirmed))
    await queue.close()

    assert len(confirmed) >= count
    assert [event.id for event in handler.events][: len(confirmed)] == confirmed
    # One more may be there: committed, but killed before it could be said.
    assert len(handler.events) <= len(confirmed) + 1


async def test_what_a_killed_consumer_was_at_is_redelivered_and_what_it_had_finished_is_not(
    tmp_path: Path,
) -> None:
    file = tmp_path / "queue.sqlite3"
    clock = ManualClock(NOW)
    queue = LocalQueue(file, clock, REDELIVERY, poll_every=timedelta(milliseconds=2))
    await queue.open()
    await queue.declare([CONVERTER])
    for number in range(6):
        await queue.publish(requested(f"conversion-{number}"))
    async with process("consume", file, "4") as output:
        begun = await lines(output, 4)
    handler = Handler()

    async with consuming(queue, CONVERTER, handler):
        await handler.until(2)
        assert handler.subjects == ["conversion-4", "conversion-5"]
        clock.advance(timedelta(seconds=30))
        await handler.until(3)
    await queue.close()

    assert begun == [f"conversion-{number}.2" for number in range(4)]
    assert handler.subjects[2:] == ["conversion-3"]


async def test_the_leases_of_a_killed_process_are_void_for_the_next_one_that_starts_alone(
    tmp_path: Path,
) -> None:
    file = tmp_path / "queue.sqlite3"
    queue = LocalQueue(file, ManualClock(NOW), REDELIVERY)
    await queue.open()
    await queue.declare([CONVERTER])
    await queue.publish(requested("a"))
    await queue.close()
    async with process("consume", file, "1") as output:
        await lines(output, 1)
    handler = Handler()

    await queue.open()
    assert await queue.release_leases() == 1
    async with consuming(queue, CONVERTER, handler):
        await handler.until(1)
    await queue.close()

    assert handler.subjects == ["a"]
