"""Reading a stored file in blocks that are fetched ahead, whatever the store."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping

import pytest
from typing_extensions import override

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError
from tracklift_runtime.read_ahead.block_cache import AT_ONCE, KEPT
from tracklift_runtime.read_ahead.block_reader import BlockReader
from tracklift_runtime.read_ahead.block_source import BlockSource
from tracklift_runtime.read_ahead.fetch import THREAD, Fetch
from tracklift_runtime.read_ahead.next_blocks import AHEAD, NextBlocks

BLOCK = 100
COUNT = 500
CONTENT = random.Random(1).randbytes(COUNT * BLOCK - 7)  # noqa: S311 (test data, no secret)


class Blocks(BlockSource):
    """A file in memory that notes what is fetched of it."""

    def __init__(self) -> None:
        self.fetched: Counter[int] = Counter()
        self.in_background: list[list[int]] = []
        self.by_the_reader: list[list[int]] = []
        self.lost: set[int] = set()
        self.before_fetch: Callable[[], object] = lambda: None

    @property
    @override
    def size(self) -> int:
        return len(CONTENT)

    @property
    @override
    def block_size(self) -> int:
        return BLOCK

    @override
    def fetch(self, numbers: Collection[int]) -> Mapping[int, bytes]:
        is_background = threading.current_thread().name == THREAD
        (self.in_background if is_background else self.by_the_reader).append([*numbers])
        self.before_fetch()
        self.fetched.update(numbers)
        return {
            number: CONTENT[number * BLOCK : (number + 1) * BLOCK]
            for number in numbers
            if number not in self.lost
        }

    @override
    def loss(self) -> MediaLostError | MediaNotFoundError:
        return MediaLostError(MediaId("video"), "blocks are missing")


@pytest.fixture
def blocks() -> Blocks:
    return Blocks()


@pytest.fixture
def reader(blocks: Blocks) -> Iterator[BlockReader]:
    reader = BlockReader(blocks)
    yield reader
    reader.close()
    for thread in threads():
        thread.join()


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


def read_at(reader: BlockReader, position: int, size: int) -> None:
    reader.seek(position)
    assert reader.read(size) == CONTENT[position : position + size]


def ranges_of(numbers: Collection[int], *, first: int = 10, size: int = 20) -> ByteRanges:
    """Give ranges that lie within these blocks."""
    places = [number * BLOCK + first for number in numbers]
    return ByteRanges.joined([(place, place + size) for place in places], gap=0)


@pytest.mark.parametrize("step", [1, 2, 7, 90])
def test_what_is_expected_is_fetched_once_and_nothing_else_is(
    reader: BlockReader, blocks: Blocks, step: int
) -> None:
    """However far apart it lies, and the reader itself asks only for the first block."""
    needed = range(3, COUNT, step)
    reader.expect(ranges_of(needed))
    for number in needed:
        read_at(reader, number * BLOCK + 10, 20)

    assert blocks.by_the_reader == [[3]]
    assert blocks.fetched == dict.fromkeys(needed, 1)
    assert max(map(len, blocks.in_background)) <= AT_ONCE


def test_uneven_ranges_are_fetched_once(reader: BlockReader, blocks: Blocks) -> None:
    chance, position, places = random.Random(5), 0, []  # noqa: S311 (test data, no secret)
    while position < len(CONTENT) - 150:
        places.append((position, position + chance.randint(1, 150)))
        position = places[-1][1] + chance.choice([1, 10, 1000])
    ranges = ByteRanges.joined(places, gap=0)
    reader.expect(ranges)
    for start, end in ranges.from_position(0):
        read_at(reader, start, end - start)

    assert blocks.fetched == dict.fromkeys(ranges.blocks_from(0, BLOCK), 1)


def test_the_next_of_what_is_expected_is_fetched_before_it_is_read(
    reader: BlockReader, blocks: Blocks
) -> None:
    reader.expect(ranges_of(range(0, COUNT, 5)))
    read_at(reader, 10, 20)
    for thread in threads():
        thread.join()

    assert blocks.fetched == dict.fromkeys(range(0, 5 * (1 + AHEAD), 5), 1)


def test_an_index_behind_the_media_is_fetched_once_though_the_media_ends_in_its_first_block(
    reader: BlockReader, blocks: Blocks
) -> None:
    """An inspector looks into it, the decoder reads it whole, and then the media up to it."""
    index = 440 * BLOCK + 30
    for position in (0, index, index + 200, index + 1000):
        read_at(reader, position, 20)
    reader.expect(ByteRanges.joined([(30, index)], gap=0))
    read_at(reader, 0, 20)
    for position in range(index, len(CONTENT), 10):
        read_at(reader, position, 10)
    for position in range(30, index, 10):
        read_at(reader, position, 10)

    assert blocks.fetched == dict.fromkeys(range(COUNT), 1)


def test_expected_ranges_can_be_read_again_from_their_beginning(reader: BlockReader, blocks: Blocks) -> None:
    """As for a recording whose loudness is measured before it is encoded."""
    needed = range(0, COUNT, 2)
    reader.expect(ranges_of(needed))
    for _ in range(2):
        blocks.by_the_reader.clear()
        for number in needed:
            read_at(reader, number * BLOCK + 10, 20)

    assert max(blocks.fetched.values()) == 2
    assert blocks.fetched.keys() == set(needed)
    assert len(blocks.by_the_reader) < 10


def test_anything_else_can_be_read_among_what_is_expected(reader: BlockReader, blocks: Blocks) -> None:
    """The hint changes no byte."""
    chance = random.Random(7)  # noqa: S311 (test data, no secret)
    reader.expect(ranges_of(range(0, COUNT, 3)))
    for _ in range(300):
        read_at(reader, chance.randrange(len(CONTENT) + 50), chance.choice([0, 1, 20, 100, 450, 3000]))


@pytest.mark.parametrize("ranges", [[(10 * BLOCK * COUNT, 10 * BLOCK * COUNT + 5)], []])
def test_ranges_without_a_byte_of_the_file_mean_nothing(
    reader: BlockReader, blocks: Blocks, ranges: list[tuple[int, int]]
) -> None:
    reader.expect(ByteRanges.joined(ranges, gap=0))

    assert reader.read() == CONTENT


def test_blocks_in_memory_are_bounded_whatever_is_read_and_expected(
    reader: BlockReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(3)  # noqa: S311 (test data, no secret)
    for _ in range(100):
        if chance.random() < 0.1:
            reader.expect(ranges_of(sorted(chance.sample(range(COUNT), 200))))
        read_at(reader, chance.randrange(COUNT) * BLOCK, chance.choice([20, 500, 5000]))
        cache = reader._opened()
        under_way = sum(len(fetch.numbers) for fetch in cache._under_way)
        assert len(cache._kept) + under_way <= KEPT


def test_without_ranges_sequential_reading_is_read_ahead_of(reader: BlockReader, blocks: Blocks) -> None:
    """The reader asks for the first three blocks itself."""
    assert b"".join(iter(lambda: reader.read(30), b"")) == CONTENT

    assert blocks.by_the_reader == [[0], [1], [2]]
    assert blocks.fetched == dict.fromkeys(range(COUNT), 1)


def test_a_read_that_needs_a_missing_block_raises_and_reads_before_it_do_not(
    reader: BlockReader, blocks: Blocks
) -> None:
    blocks.lost.add(7)
    reader.expect(ByteRanges.joined([(0, len(CONTENT))], gap=0))

    read_at(reader, 0, 7 * BLOCK)
    for _ in range(2):
        with pytest.raises(MediaLostError):
            reader.read(1)
    assert reader.tell() == 7 * BLOCK
    blocks.lost.clear()
    assert reader.read() == CONTENT[7 * BLOCK :]


def test_an_outage_that_the_read_waited_for_is_raised_and_the_read_can_be_repeated(
    reader: BlockReader, blocks: Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, result = threading.Event(), Fetch.result

    def wait(fetch: Fetch) -> Mapping[int, bytes]:
        if not fetch.done:
            held.set()
        return result(fetch)

    monkeypatch.setattr(Fetch, "result", wait)

    def fail() -> None:
        if threading.current_thread().name == THREAD:
            held.wait()
            raise ServiceUnavailableError("the storage", "it is away")

    blocks.before_fetch = fail
    reader.expect(ranges_of(range(COUNT)))
    read_at(reader, 10, 20)
    reader.seek(BLOCK)
    with pytest.raises(ServiceUnavailableError):
        reader.read(20)
    blocks.before_fetch = lambda: None

    assert reader.tell() == BLOCK
    assert reader.read() == CONTENT[BLOCK:]


def test_an_outage_that_no_read_waited_for_is_forgotten(reader: BlockReader, blocks: Blocks) -> None:
    def fail() -> None:
        if threading.current_thread().name == THREAD:
            raise ServiceUnavailableError("the storage", "it is away")

    blocks.before_fetch = fail
    reader.expect(ranges_of(range(COUNT)))
    read_at(reader, 10, 20)
    for thread in threads():
        thread.join()
    blocks.before_fetch = lambda: None

    read_at(reader, 0, len(CONTENT))


def test_less_is_fetched_at_once_while_requests_fail(reader: BlockReader, blocks: Blocks) -> None:
    """A network that breaks each connection after some bytes lets one block through and never many."""

    def fail() -> None:
        if len((blocks.in_background + blocks.by_the_reader)[-1]) > 1:
            raise ServiceUnavailableError("the storage", "the connection broke")

    blocks.before_fetch = fail
    found = b""
    for _ in range(40):
        try:
            found += reader.read(5 * BLOCK)
        except ServiceUnavailableError:
            continue
    assert len(found) > 10 * BLOCK
    assert found == CONTENT[: len(found)]


def test_without_threads_everything_is_read_all_the_same(
    reader: BlockReader, blocks: Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    reader.expect(ranges_of(range(COUNT)))

    assert reader.read() == CONTENT
    assert blocks.in_background == []


def test_a_closed_reader_takes_nothing_more(reader: BlockReader) -> None:
    reader.close()
    reader.close()

    calls = (reader.read, reader.tell, lambda: reader.seek(0), lambda: reader.expect(ranges_of([1])))
    for call in calls:
        with pytest.raises(ValueError, match="closed"):
            call()


def used(*numbers: int, count: int = 2000) -> NextBlocks:
    """Give what has seen those blocks read."""
    blocks = NextBlocks(BLOCK, count)
    for number in numbers:
        blocks.use(number * BLOCK + 50)
    return blocks


@pytest.mark.parametrize(
    "numbers",
    [(), (0,), (0, 900, 3, 40, 41, 7, 300, 301, 20), (700, 701), (20, 21, 22, 23, 48), (20, 21, 22, 10)],
)
def test_nothing_is_expected_without_a_reason(numbers: tuple[int, ...]) -> None:
    """Jumps, and a short read across a border."""
    assert [*used(*numbers).expected()] == []


def test_the_longer_sequential_reading_lasts_the_more_is_expected() -> None:
    assert [*used(10, 11, 12).expected()] == [*range(13, 19)]
    assert [*used(*range(10, 15)).expected()] == [*range(15, 25)]
    assert [*used(*range(10, 100)).expected()] == [*range(100, 100 + AHEAD)]


def test_nothing_is_expected_behind_the_end() -> None:
    assert [*used(*range(1990, 1998)).expected()] == [1998, 1999]
    assert [*used(*range(1990, 2000)).expected()] == []


def test_reading_again_within_a_block_changes_nothing() -> None:
    blocks = used(10, 11, 12)

    assert [blocks.use(12 * BLOCK), blocks.use(12 * BLOCK + 99), blocks.use(13 * BLOCK)] == [
        False,
        False,
        True,
    ]
    assert [*blocks.expected()] == [*range(14, 22)]
