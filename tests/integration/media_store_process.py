"""A process of its own that writes into a media store in a folder, for tests that kill it or give it no room.

Usage: media_store_process.py FOLDER {endlessly|once SIZE|hold}
"""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

from tracklift_adapters.filesystem.media_store import FileMediaStore
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import MediaId


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the parent process reads it)


async def noise(size: int, seed: int) -> AsyncIterator[bytes]:
    """Give noise in chunks of odd sizes."""
    source = random.Random(seed)  # noqa: S311 (test data, no secret)
    while size > 0:
        chunk = source.randbytes(min(size, 300_007))
        size -= len(chunk)
        yield chunk


async def write_endlessly(store: FileMediaStore) -> None:
    """Write new files and replace old ones without end, and say each that is acknowledged."""
    for number in count():
        media_id = MediaId(f"{number % 7}.source")
        stored = await store.write(media_id, noise(2_000_000 + number, number))
        say(f"{media_id} {number} {stored.sha256}")


async def write_once(store: FileMediaStore, size: int) -> None:
    """Write one file, and say how it went."""
    try:
        await store.write(MediaId("big.source"), noise(size, 1))
    except DomainError as error:
        say(error.code)
    else:
        say("stored")


async def hold(store: FileMediaStore) -> None:
    """Begin a write and never end it."""

    async def stuck() -> AsyncIterator[bytes]:
        async for chunk in noise(3_000_000, 1):
            yield chunk
        say("begun")
        await asyncio.Event().wait()

    await store.write(MediaId("held.source"), stuck())


async def main() -> None:
    store = FileMediaStore(Path(sys.argv[1]), SystemClock())
    match sys.argv[2:]:
        case ["endlessly"]:
            await write_endlessly(store)
        case ["once", size]:
            await write_once(store, int(size))
        case ["hold"]:
            await hold(store)
    store.close()


asyncio.run(main())
