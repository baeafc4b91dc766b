"""A process of its own that publishes to a local queue, or consumes from it, until it is killed.

Told on its command line: `publish FILE` prints the id of each event that the queue has confirmed; `consume FILE HOLD`
prints the id of each event when its handler begins, and never finishes the HOLD-th.
"""

import asyncio
import itertools
import sys
from pathlib import Path

from tests.contracts.event_broker import CONVERTER, NOW, REDELIVERY, requested
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.local_queue.local_queue import LocalQueue
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import Disposition, Done


async def publish(queue: LocalQueue) -> None:
    """Publish without end."""
    for number in itertools.count():
        event = requested(f"conversion-{number}")
        await queue.publish(event)
        print(event.id, flush=True)  # noqa: T201 (read by the test)


async def consume(queue: LocalQueue, hold: int) -> None:
    """Finish all events before the one to hold."""
    begun = itertools.count(1)

    async def handler(event: Event) -> Disposition:
        print(event.id, flush=True)  # noqa: T201 (read by the test)
        if next(begun) == hold:
            await asyncio.Event().wait()
        return Done()

    await queue.consume(CONVERTER, handler, stopping=asyncio.Event())


async def main(role: str, file: str, *rest: str) -> None:
    """Play the role."""
    queue = LocalQueue(Path(file), ManualClock(NOW), REDELIVERY)
    await queue.open()
    await queue.declare([CONVERTER])
    await (publish(queue) if role == "publish" else consume(queue, int(rest[0])))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
