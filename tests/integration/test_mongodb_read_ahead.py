"""Reading on in a file of GridFS while the next chunks are fetched in the background."""

import asyncio
import random
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo.collection import Collection

from tests.contracts.media_store import noise
from tests.integration.gridfs_watch import Watch, read_ahead_threads, store, watched, watched_as_stored
from tests.integration.shared_mongodb import SharedMongoDb, shared_mongodb_in
from tests.selection import thorough
from tests.servers.server import Server
from tests.servers.servers import Servers
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.errors import MediaLostError
from tracklift_runtime.read_ahead.block_reader import BlockReader

pytestmark = pytest.mark.network
PIECE = 4096
COUNT = 1000
CONTENT = noise(COUNT * PIECE - 5)
PATIENCE = 30


@pytest.fixture(scope="module")
def stored(servers: Servers) -> Iterator[SharedMongoDb]:
    """Give a database with a file of a thousand small chunks, which takes longer to store than most tests."""
    with shared_mongodb_in(servers.mongodb) as database:
        store(database.inside, CONTENT)
        yield database


@pytest.fixture
def chunks(stored: SharedMongoDb, mongodb_server: Server[Any]) -> Collection[dict[str, Any]]:
    """Give the chunks of the file; what a test does to them it has to undo."""
    return stored.inside["media.chunks"]


@pytest.fixture
def video(stored: SharedMongoDb, mongodb_server: Server[Any]) -> Iterator[tuple[BlockReader, Watch]]:
    """Give a reader of the file, and what watches it."""
    with watched_as_stored(stored.url) as video:
        yield video


@pytest.fixture
def reader(video: tuple[BlockReader, Watch]) -> BlockReader:
    return video[0]


@pytest.fixture
def watch(video: tuple[BlockReader, Watch]) -> Watch:
    return video[1]


def read_at(reader: BlockReader, number: int, size: int = 512) -> None:
    """Read from the beginning of a chunk on, and compare."""
    read_from(reader, number * PIECE, size)


def read_from(reader: BlockReader, position: int, size: int) -> None:
    """Read from a position on, and compare."""
    reader.seek(position)
    assert reader.read(size) == CONTENT[position : position + size]


@contextmanager
def without_chunk(chunks: Collection[dict[str, Any]], number: int) -> Iterator[None]:
    """Take a chunk away, and put it back."""
    chunk = chunks.find_one_and_delete({"n": number})
    assert chunk is not None
    try:
        yield
    finally:
        chunks.insert_one(chunk)


def ranges_of(numbers: Sequence[int]) -> ByteRanges:
    """Give the ranges that `read_at` reads."""
    return ByteRanges.joined([(number * PIECE, number * PIECE + 512) for number in numbers], gap=0)


def test_who_reads_on_is_read_ahead_of_and_each_chunk_is_fetched_once(
    reader: BlockReader, watch: Watch
) -> None:
    """The reader itself asks for the first three chunks only."""
    assert b"".join(iter(lambda: reader.read(2048), b"")) == CONTENT

    assert watch.by_the_reader == [[0], [1], [2]]
    assert watch.fetched == dict.fromkeys(range(COUNT), 1)
    assert max(map(len, watch.in_background)) == 8


def test_no_thread_is_started_without_a_reason(reader: BlockReader, watch: Watch) -> None:
    for number in (0, 998, 400, 401, 3, 700, 17):
        read_at(reader, number)

    assert watch.in_background == []


def test_the_next_chunks_come_while_the_present_ones_are_worked_on(reader: BlockReader, watch: Watch) -> None:
    """Reading what is there already does not wait for a question that takes long."""
    held = threading.Event()
    watch.before_background = held.wait
    for number in range(3):
        read_at(reader, number)
    for number in (0, 1, 2, 2, 1):
        read_at(reader, number)

    held.set()
    read_at(reader, 3)
    assert watch.by_the_reader == [[0], [1], [2]]


def test_who_jumps_away_does_not_wait_for_what_was_to_come(reader: BlockReader, watch: Watch) -> None:
    held = threading.Event()
    watch.before_background = held.wait
    for number in (0, 1, 2, 500, 200):
        read_at(reader, number)

    assert watch.by_the_reader == [[0], [1], [2], [500], [200]]
    held.set()


def test_of_even_jumps_that_are_expected_nothing_is_fetched_that_is_not_needed(
    reader: BlockReader, watch: Watch
) -> None:
    """One chunk in ten, and all but the first in the background."""
    needed = range(3, COUNT, 10)
    reader.expect(ranges_of(needed))
    for number in needed:
        read_at(reader, number)

    assert watch.fetched == dict.fromkeys(needed, 1)
    assert watch.by_the_reader == [[3]]


@pytest.mark.parametrize("spread", [400, *thorough([10, 40, 4000])])
def test_of_uneven_jumps_that_are_expected_nothing_is_fetched_that_is_not_needed(
    reader: BlockReader, watch: Watch, spread: int
) -> None:
    chance, position, places = random.Random(5), 0, []  # noqa: S311 (test data, no secret)
    while position < len(CONTENT):
        places.append((position, min(position + 300, len(CONTENT))))
        position += 10 * PIECE + chance.randint(-spread, spread)
    ranges = ByteRanges.joined(places, gap=0)
    reader.expect(ranges)
    for start, end in places:
        reader.seek(start)
        assert reader.read(300) == CONTENT[start:end]

    assert watch.fetched == dict.fromkeys(ranges.blocks_from(0, PIECE), 1)


@pytest.mark.measured_elsewhere
def test_of_short_runs_that_are_expected_nothing_is_fetched_that_is_not_needed(
    reader: BlockReader, watch: Watch
) -> None:
    needed = [number for first in range(0, COUNT, 12) for number in range(first, min(first + 5, COUNT))]
    reader.expect(ranges_of(needed))
    for number in needed:
        read_at(reader, number)

    assert watch.fetched == dict.fromkeys(needed, 1)


@pytest.mark.measured_elsewhere
def test_an_index_that_is_looked_into_and_then_read_is_fetched_once(
    reader: BlockReader, watch: Watch
) -> None:
    """The inspector looks here and there, the demuxer reads it whole, and then the media before it."""
    index = 975 * PIECE + 100
    for position in (0, index, index + PIECE, index + 15 * PIECE, index + 5 * PIECE, len(CONTENT) - 50):
        read_from(reader, position, 50)
    reader.expect(ByteRanges.joined([(50, index)], gap=0))
    read_from(reader, 0, 50)
    for position in range(index, len(CONTENT), 2000):
        read_from(reader, position, 2000)
    for position in range(50, index, 2000):
        read_from(reader, position, min(2000, index - position))

    assert watch.fetched == dict.fromkeys(range(COUNT), 1)


@pytest.mark.measured_elsewhere
def test_a_larger_index_is_fetched_once_though_the_media_ends_in_its_first_chunk(
    reader: BlockReader, watch: Watch
) -> None:
    """It has more chunks than are kept, and all of them follow that one."""
    index = 950 * PIECE + 100
    for number in (0, 950, 980, 999, 950, 980, 960, 980, 999, 960, 0):
        read_from(reader, number * PIECE + 100, 50)
    reader.expect(ByteRanges.joined([(50, index)], gap=0))
    for position in range(index, len(CONTENT), 2000):
        read_from(reader, position, 2000)
    for position in range(50, index, 2000):
        read_from(reader, position, min(2000, index - position))

    assert watch.fetched == dict.fromkeys(range(COUNT), 1)


@pytest.mark.measured_elsewhere
def test_reading_once_more_is_read_ahead_of_too(reader: BlockReader, watch: Watch) -> None:
    """As for a recording whose loudness is measured before it is encoded."""
    for _ in range(2):
        watch.by_the_reader.clear()
        for number in range(COUNT):
            read_at(reader, number, PIECE)

    assert watch.by_the_reader in ([[1], [2]], [[0], [1], [2]])
    assert max(watch.fetched.values()) == 2


@pytest.mark.measured_elsewhere
def test_memory_stays_bounded(mongodb_url: str) -> None:
    """16 MB, with what the driver needs, and however long the file is."""
    content = noise(30_000_000)
    with watched(mongodb_url, content, chunk_size=255 * 1024) as (reader, watch):
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for _ in iter(lambda: reader.read(32_768), b""):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert watch.fetched == dict.fromkeys(range(115), 1)
    assert peak - before < 16_000_000


def test_only_the_read_that_needs_a_damaged_chunk_raises(
    reader: BlockReader, chunks: Collection[dict[str, Any]]
) -> None:
    """What came with it is given before."""
    with without_chunk(chunks, 40):
        found = [reader.read(PIECE) for _ in range(40)]
        for _ in range(2):
            with pytest.raises(MediaLostError, match="damaged"):
                reader.read(PIECE)

    assert b"".join(found) == CONTENT[: 40 * PIECE]
    assert reader.tell() == 40 * PIECE


@pytest.mark.measured_elsewhere
def test_a_read_that_raised_can_be_repeated(reader: BlockReader, chunks: Collection[dict[str, Any]]) -> None:
    with without_chunk(chunks, 40), pytest.raises(MediaLostError):
        reader.read()

    assert reader.read() == CONTENT


def test_without_threads_it_reads_all_the_same(
    reader: BlockReader, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process may have as many as it is allowed to."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        for number in range(30):
            read_at(reader, number, PIECE)

    assert watch.in_background == []


def test_closing_does_not_wait_for_the_background(reader: BlockReader, watch: Watch) -> None:
    """The thread ends with its question."""
    held = threading.Event()
    watch.before_background = held.wait
    for number in range(3):
        read_at(reader, number)

    reader.close()

    (thread,) = read_ahead_threads()
    held.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


async def test_closing_does_not_wait_for_a_read_that_hangs(reader: BlockReader, watch: Watch) -> None:
    """It ends when its question does, and what it read is whole."""
    held, reached = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        held.wait()

    watch.before_background = hold
    async with asyncio.TaskGroup() as tasks:
        # One reading, so that it is not over before the file is closed.
        reading = tasks.create_task(asyncio.to_thread(reader.read, 40 * PIECE))
        await asyncio.to_thread(reached.wait)
        reader.close()
        held.set()

    assert reading.result() == CONTENT[: 40 * PIECE]


@pytest.mark.kill
def test_the_background_ends_though_the_server_hangs(
    reader: BlockReader, watch: Watch, mongodb_server: Server[Any]
) -> None:
    watch.before_background = mongodb_server.pause
    for number in range(3):
        read_at(reader, number)
    reader.close()

    (thread,) = read_ahead_threads()
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.mark.kill
def test_an_outage_in_the_background_is_told_to_the_read_that_needs_the_bytes(
    reader: BlockReader, watch: Watch, mongodb_server: Server[Any]
) -> None:
    """And that read succeeds when the server is back."""
    watch.before_background = mongodb_server.pause
    for number in (0, 1, 2, 0, 1, 2):
        read_at(reader, number)
    reader.seek(3 * PIECE)
    with pytest.raises(ServiceUnavailableError):
        reader.read(PIECE)

    mongodb_server.start()
    watch.before_background = lambda: None
    assert reader.read(10 * PIECE) == CONTENT[3 * PIECE : 13 * PIECE]


@pytest.mark.kill
def test_an_outage_that_nobody_waited_for_is_forgotten(
    reader: BlockReader, watch: Watch, mongodb_server: Server[Any]
) -> None:
    watch.before_background = mongodb_server.pause
    for number in range(3):
        read_at(reader, number)
    for thread in read_ahead_threads():
        thread.join()
    mongodb_server.start()
    watch.before_background = lambda: None

    read_at(reader, 3)


def test_a_program_ends_though_the_background_hangs(mongodb_url: str) -> None:
    """Without closing anything."""
    program = (
        "import threading; from tests.integration.gridfs_watch import *\n"
        f"video = watched({mongodb_url!r}, bytes(99 * 4096)); reader, watch = video.__enter__()\n"
        "reached = threading.Event()\n"
        "watch.before_background = lambda: (reached.set(), threading.Event().wait())\n"
        "for _ in range(3): reader.read(4096)\n"
        "reached.wait(); print('end', flush=True)\n"
    )
    folder = Path(__file__).parents[2]
    paths = [str(folder), *(path for path in sys.path if path.endswith(("domain", "adapters")))]
    program = f"import sys; sys.path[:0] = {paths!r}\n{program}"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=PATIENCE, check=True, text=True
    )

    assert done.stdout == "end\n"
    assert done.stderr == ""
