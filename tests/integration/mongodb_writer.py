"""A program that writes into MongoDB, for tests that kill it or the server, or measure it.

mongodb_writer.py URL endlessly FIRST   stores files and their conversions and names each once both are stored
mongodb_writer.py URL turns FIRST       stores one conversion for each line of its standard input, and names it
mongodb_writer.py URL hold              stores half a file, says so, and goes no further
mongodb_writer.py URL memory SIZE       stores a file and says by how many bytes the memory rose
"""

import asyncio
import os
import random
import resource
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from tests.contracts.examples import NOW, SECOND, a_conversion, requested
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.identifiers import MediaId

WRITERS = 3


@asynccontextmanager
async def writer(url: str, *arguments: str) -> AsyncIterator[Process]:
    """Run this program, and kill it at the end if it still runs."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, url, *arguments, stdin=PIPE, stdout=PIPE, env=environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_of(process: Process) -> str:
    """Read what the program says next."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    assert line.endswith(b"\n"), "the program has ended"
    return line.decode().strip()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def noise(size: int, seed: int) -> AsyncIterator[bytes]:
    """Give noise in pieces of odd sizes."""
    source = random.Random(seed)  # noqa: S311 (test data, no secret)
    while size > 0:
        piece = source.randbytes(min(size, 60_007))
        size -= len(piece)
        yield piece


async def repeated(size: int) -> AsyncIterator[bytes]:
    """Give the same piece again and again."""
    piece = random.Random(1).randbytes(65_536)  # noqa: S311 (test data, no secret)
    for _ in range(size // len(piece)):
        await asyncio.sleep(0)
        yield piece


async def write_endlessly(database: MongoDatabase, first: int) -> None:
    """Store from several tasks. What the server's absence interrupts is given up, as an upload would be."""
    conversions = MongoConversionRepository(database, MongoOutbox(database))
    media = GridFsMediaStore(database, SystemClock())
    await conversions.prepare()
    await media.prepare()

    async def write(start: int) -> None:
        for number in count(start, WRITERS):
            uploading = a_conversion(number, state=ConversionState.UPLOADING)
            try:
                await conversions.add(uploading)
                # More than fits into one batch.
                stored = await media.write(uploading.source_media_id, noise(3_000_000 + number, number))
                queued = uploading.queue(
                    NOW + SECOND, size=stored.size, sha256=stored.sha256, options=AudioOptions()
                )
                await conversions.replace(queued, [requested(queued)])
            except ServiceUnavailableError:
                continue
            say(queued.id)

    await asyncio.gather(*(write(first + number) for number in range(WRITERS)))


async def take_turns(database: MongoDatabase, first: int) -> None:
    conversions = MongoConversionRepository(database, MongoOutbox(database))
    for number in count(first):
        if not await asyncio.to_thread(sys.stdin.readline):
            return
        conversion = a_conversion(number)
        await conversions.add(conversion, [requested(conversion)])
        say(conversion.id)


async def hold(database: MongoDatabase) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        async for piece in noise(9_000_000, 1):
            yield piece
        say("begun")
        await asyncio.Event().wait()

    await GridFsMediaStore(database, SystemClock()).write(MediaId("held.source"), stuck())


async def measure(database: MongoDatabase, size: int) -> None:
    media = GridFsMediaStore(database, SystemClock())
    await media.prepare()
    # What the first bytes bring in is there for good.
    await media.write(MediaId("small.source"), repeated(3_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await media.write(MediaId("large.source"), repeated(size))
    # Linux counts it in kilobytes.
    say(str((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024))
    await media.close()


async def main() -> None:
    database = MongoDatabase(sys.argv[1])
    match sys.argv[2:]:
        case ["endlessly", first]:
            await write_endlessly(database, int(first))
        case ["turns", first]:
            await take_turns(database, int(first))
        case ["hold"]:
            await hold(database)
        case ["memory", size]:
            await measure(database, int(size))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
