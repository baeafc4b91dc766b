"""Reading files of GridFS from worker threads."""

import asyncio
import os
import random
import sys
import threading
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.media_store import OTHER, VIDEO, noise, put
from tests.integration.conftest import MongoMaker
from tests.integration.resetting_proxy import ResettingProxy
from tests.integration.shared_mongodb import SharedMongoDb, shared_mongodb_in
from tests.selection import thorough
from tests.servers.server import Server
from tests.servers.servers import Servers
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.media_files import CHUNK
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError
from tracklift_domain.media.ports import SeekableReader

pytestmark = pytest.mark.network
SIZE = 70 * CHUNK + 1234
CONTENT = noise(SIZE)
PATIENCE = 60


@pytest.fixture(scope="module")
def filled(servers: Servers) -> Iterator[SharedMongoDb]:
    """Give a database that holds the content, which takes longer to store than most tests."""

    async def fill(url: str) -> None:
        database = MongoDatabase(url)
        store = GridFsMediaStore(database, SystemClock())
        await store.prepare()
        await put(store, VIDEO, CONTENT)
        await store.close()
        await database.close()

    with shared_mongodb_in(servers.mongodb) as shared:
        asyncio.run(fill(shared.url))
        yield shared


@pytest.fixture
def mongodb_url(filled: SharedMongoDb, mongodb_server: Server[Any]) -> str:
    """Name the database that all tests read from; what they do to it they have to undo."""
    return filled.url


@pytest.fixture
async def store(mongo: MongoDatabase) -> AsyncIterator[GridFsMediaStore]:
    """Give a store that holds the content."""
    store = GridFsMediaStore(mongo, SystemClock())
    yield store
    await store.close()


@pytest.fixture
async def reader(store: GridFsMediaStore) -> AsyncIterator[SeekableReader]:
    """Give a reader of the content."""
    reader = await store.open_seekable(VIDEO)
    yield reader
    reader.close()


Fetches = Callable[[], list[int]]


@pytest.fixture
def fetches(filled: SharedMongoDb, reader: SeekableReader) -> Iterator[Fetches]:
    """Give a function that tells how many chunks each question brought since the test began."""
    profile = filled.inside["system.profile"]
    profile.drop()
    filled.inside.command("profile", 2)
    yield lambda: [
        entry["nreturned"] for entry in profile.find({"command.find": "media.chunks"}, sort=[("$natural", 1)])
    ]
    filled.inside.command("profile", 0)


@pytest.mark.parametrize("size", [4096, 1_000_003, *thorough([997, 100_000, CHUNK])])
async def test_who_reads_on_fetches_each_chunk_once(
    reader: SeekableReader, fetches: Fetches, size: int
) -> None:
    """In whichever pieces, and with few questions."""
    pieces = await asyncio.to_thread(lambda: list(iter(lambda: reader.read(size), b"")))

    assert b"".join(pieces) == CONTENT
    assert {len(piece) for piece in pieces[:-1]} == {size}
    assert sum(fetches()) == 71
    assert len(fetches()) <= 13


async def test_all_at_once_is_fetched_in_stretches(reader: SeekableReader, fetches: Fetches) -> None:
    assert await asyncio.to_thread(reader.read) == CONTENT

    assert sum(fetches()) == 71
    assert max(fetches()) <= 16


async def test_who_jumps_about_fetches_what_it_reads(reader: SeekableReader, fetches: Fetches) -> None:
    """The index of a video may lie at its end, and its parts are far from one another."""
    places = [60 * CHUNK + 5, 3 * CHUNK, 40 * CHUNK - 4, 7, SIZE - 10, 20 * CHUNK]

    def read() -> list[bytes]:
        found = []
        for place in places:
            reader.seek(place)
            found.append(reader.read(8))
        return found

    assert await asyncio.to_thread(read) == [CONTENT[place : place + 8] for place in places]
    assert fetches() == [1, 1, 2, 1, 1, 1]


async def test_what_was_fetched_is_not_fetched_again(reader: SeekableReader, fetches: Fetches) -> None:
    """Small reads here and there within one chunk ask once."""

    def read() -> None:
        for place in (5 * CHUNK, 5 * CHUNK + 1000, 5 * CHUNK + 10, 6 * CHUNK - 3):
            reader.seek(place)
            assert reader.read(3) == CONTENT[place : place + 3]

    await asyncio.to_thread(read)
    assert fetches() == [1]


@pytest.mark.measured_elsewhere
async def test_any_reads_and_jumps_give_what_a_file_gives(reader: SeekableReader) -> None:
    chance = random.Random(7)  # noqa: S311 (test data, no secret)

    def read() -> None:
        position = 0
        for _ in range(150):
            if chance.random() < 0.4:
                position = reader.seek(chance.randrange(SIZE + 1000))
            size = chance.choice([0, 1, 100, CHUNK - 1, CHUNK, 3 * CHUNK, 20 * CHUNK])
            assert reader.read(size) == CONTENT[position : position + size]
            position = max(position, min(position + size, SIZE))
            assert reader.tell() == position

    await asyncio.to_thread(read)


async def test_odd_seeks_are_refused_as_io_refuses_them(reader: SeekableReader) -> None:
    for offset, whence in ((-1, 0), (-1, 1), (-SIZE - 1, 2), (0, 3), (0, -1)):
        with pytest.raises(ValueError, match=r"seek|whence"):
            reader.seek(offset, whence)
    assert reader.tell() == 0


async def test_a_closed_reader_takes_nothing_more(reader: SeekableReader) -> None:
    reader.close()

    for call in (reader.read, reader.tell, lambda: reader.seek(0)):
        with pytest.raises(ValueError, match="closed"):
            call()


@pytest.mark.measured_elsewhere
async def test_many_threads_read_at_once(store: GridFsMediaStore) -> None:
    """Each with a reader of its own, over the same connections, from the very first question on."""
    readers = await asyncio.gather(*(store.open_seekable(VIDEO) for _ in range(12)))
    begin = threading.Barrier(12)
    found: list[bytes] = []

    def read(reader: SeekableReader) -> None:
        begin.wait()
        found.append(reader.read())
        reader.close()

    threads = [threading.Thread(target=read, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)

    assert [content == CONTENT for content in found] == [True] * 12


async def test_processes_that_are_started_meanwhile_disturb_nothing_and_inherit_nothing(
    reader: SeekableReader,
) -> None:
    """A converter reads a video while it starts ffmpeg."""
    stopped = threading.Event()
    found: list[bool] = []

    def read() -> None:
        while not stopped.is_set():
            reader.seek(0)
            found.append(reader.read() == CONTENT)

    reading = asyncio.create_task(asyncio.to_thread(read))
    program = (
        "import os; print(*(os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')[:-1]))"
    )
    for _ in range(5):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "-c", program, stdin=DEVNULL, stdout=PIPE, env=dict(os.environ)
        )
        output, _ = await process.communicate()
        assert process.returncode == 0
        assert b"socket" not in output
    stopped.set()
    await reading

    assert found
    assert all(found)


async def test_a_file_that_is_deleted_while_it_is_read_is_told(store: GridFsMediaStore) -> None:
    """What was fetched is given; the rest is an error, and not the end of the file."""
    await put(store, OTHER, CONTENT[: 9 * CHUNK])
    reader = await store.open_seekable(OTHER)
    assert await asyncio.to_thread(reader.read, 10) == CONTENT[:10]
    await store.delete(OTHER)

    with pytest.raises(MediaNotFoundError):
        await asyncio.to_thread(reader.read)
    reader.close()


async def test_a_damaged_file_is_told(store: GridFsMediaStore, filled: SharedMongoDb) -> None:
    """A chunk is missing, or is shorter than it must be."""
    await put(store, OTHER, CONTENT[: 30 * CHUNK])
    reader = await store.open_seekable(OTHER)
    file = filled.inside["media.files"].find_one({"filename": OTHER}) or {}
    filled.inside["media.chunks"].delete_one({"files_id": file["_id"], "n": 9})
    filled.inside["media.chunks"].update_one({"files_id": file["_id"], "n": 20}, {"$set": {"data": b"short"}})

    for number in (9, 20):
        reader.seek(number * CHUNK)
        with pytest.raises(MediaLostError, match="damaged"):
            await asyncio.to_thread(reader.read, 10)
        with pytest.raises(MediaLostError, match="damaged"):
            await anext(aiter(store.read(OTHER, start=number * CHUNK)))
    reader.close()
    await store.delete(OTHER)


async def test_after_the_database_is_closed_reading_is_an_outage(
    reader: SeekableReader, mongo: MongoDatabase
) -> None:
    await mongo.close()

    with pytest.raises(ServiceUnavailableError, match="close"):
        await asyncio.to_thread(reader.read, 10)


@pytest.mark.kill
async def test_a_server_that_goes_away_is_told_and_reading_goes_on_when_it_is_back(
    mongodb_server: Server[Any], mongodb_url: str, make_mongo: MongoMaker
) -> None:
    """First it freezes, then it is not there, as if it were killed; the same reader reads on afterwards."""
    async with ResettingProxy(mongodb_url, smallest=2**60, largest=2**60) as proxy:
        database = make_mongo(proxy.url, patience=timedelta(seconds=0.5))
        reader = await _opened_patiently(GridFsMediaStore(database, SystemClock()))
        found = await asyncio.to_thread(_patiently, reader, CHUNK)

        await asyncio.to_thread(mongodb_server.pause)
        with pytest.raises(ServiceUnavailableError):
            await asyncio.to_thread(reader.read, CHUNK)
        await asyncio.to_thread(mongodb_server.start)
        found += await asyncio.to_thread(_patiently, reader, CHUNK)

        await proxy.close()
        with pytest.raises(ServiceUnavailableError):
            await asyncio.to_thread(reader.read, CHUNK)
        await proxy.open()
        found += await asyncio.to_thread(_patiently, reader, CHUNK)

    assert found == CONTENT[: 3 * CHUNK]


async def _opened_patiently(media: GridFsMediaStore) -> SeekableReader:
    """Open the video; on a busy machine it takes longer than half a second to connect."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await media.open_seekable(VIDEO)
            except ServiceUnavailableError:
                continue


def _patiently(reader: SeekableReader, size: int) -> bytes:
    """Read; the driver needs a moment to see that the server is back."""
    for _ in range(20):
        try:
            return reader.read(size)
        except ServiceUnavailableError:
            continue
    return reader.read(size)
