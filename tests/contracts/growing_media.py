"""What every storage of files that grow must do."""

import asyncio
import hashlib
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable

import pytest

from tests.contracts.media_store import (
    FAR_AHEAD,
    LONG_AGO,
    OTHER,
    VIDEO,
    Gate,
    breaking_off,
    listed,
    noise,
    read_all,
    stream,
)
from tests.selection import thorough
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.errors import MediaNotFoundError, WriterSupersededError, WrongOffsetError
from tracklift_domain.media.ports import GrowingMedia, MediaStore

SIZES = (1, 255 * 1024 - 1, 1, 0, 255 * 1024, 1_048_577, 3, 9_000_001, 2_088_960, 7)
"""Bytes of parts that end beside, at and behind the ends of chunks and pieces."""


async def begun(growing: GrowingMedia) -> list[MediaId]:
    """List what has begun and is not finished."""
    return [media_id async for media_id in growing.list_begun_before(FAR_AHEAD)]


class GrowingMediaContract:
    """Inherited by the tests of each storage."""

    @pytest.fixture
    @abstractmethod
    def growing(self) -> GrowingMedia:
        """Give the storage."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def store(self) -> MediaStore:
        """Give the empty media store that finished files come to."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def another_process(self) -> Callable[[], GrowingMedia]:
        """Give what another process makes of the same storage."""
        raise NotImplementedError

    async def test_what_has_not_begun_has_no_bytes(self, growing: GrowingMedia) -> None:
        assert await growing.size(VIDEO) == 0
        assert await begun(growing) == []
        await growing.discard(VIDEO)

    @pytest.mark.measured_elsewhere
    async def test_a_file_grows_by_parts_of_any_size(self, growing: GrowingMedia, store: MediaStore) -> None:
        content = noise(sum(SIZES))
        offset = 0
        for fence, size in enumerate(SIZES, start=1):
            part = content[offset : offset + size]
            pieces = [part[: size // 3], part[size // 3 :]]
            offset = await growing.append(VIDEO, stream(pieces), start=offset, fence=fence)
            assert await growing.size(VIDEO) == offset

        stored = await growing.finish(VIDEO, fence=len(SIZES) + 1)

        assert stored.size == len(content)
        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        assert await store.describe(VIDEO) == stored
        assert await read_all(store, VIDEO) == content
        assert await growing.size(VIDEO) == len(content)
        assert await begun(growing) == []

    async def test_each_part_may_come_to_another_process(
        self, another_process: Callable[[], GrowingMedia], store: MediaStore
    ) -> None:
        """The hash of the whole is right all the same."""
        content = noise(3_000_001)
        for fence, (start, end) in enumerate([(0, 300_000), (300_000, 300_001), (300_001, 3_000_001)]):
            process = another_process()
            assert await process.size(VIDEO) == start
            await process.append(VIDEO, stream([content[start:end]]), start=start, fence=fence)

        stored = await another_process().finish(VIDEO, fence=9)

        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        assert await read_all(store, VIDEO) == content

    async def test_it_is_no_media_before_it_is_finished(
        self, growing: GrowingMedia, store: MediaStore
    ) -> None:
        await growing.append(VIDEO, stream([noise(600_000)]), start=0, fence=1)

        with pytest.raises(MediaNotFoundError):
            await store.describe(VIDEO)
        assert await listed(store) == set()
        assert await begun(growing) == [VIDEO]
        assert [each async for each in growing.list_begun_before(LONG_AGO)] == []

    @pytest.mark.parametrize("start", [599_999, 600_001, *thorough([0, 9_000_000])])
    async def test_a_part_must_begin_where_the_file_ends(self, growing: GrowingMedia, start: int) -> None:
        await growing.append(VIDEO, stream([noise(600_000)]), start=0, fence=1)

        with pytest.raises(WrongOffsetError) as caught:
            await growing.append(VIDEO, stream([b"more"]), start=start, fence=2)

        assert caught.value.offset == 600_000
        assert await growing.size(VIDEO) == 600_000

    @pytest.mark.parametrize("size", [20_000_000, *thorough([7, 600_000])])
    async def test_what_came_of_a_part_that_breaks_off_stays(
        self, growing: GrowingMedia, store: MediaStore, size: int
    ) -> None:
        content = noise(size + 1000)
        with pytest.raises(ConnectionResetError):
            await growing.append(
                VIDEO, breaking_off([content[:size]], ConnectionResetError()), start=0, fence=1
            )

        assert await growing.size(VIDEO) == size
        await growing.append(VIDEO, stream([content[size:]]), start=size, fence=2)
        await growing.finish(VIDEO, fence=3)
        assert await read_all(store, VIDEO) == content

    async def test_what_came_before_a_cancellation_stays(
        self, growing: GrowingMedia, store: MediaStore
    ) -> None:
        content = noise(700_000)
        gate = Gate([content[:600_000]])
        writing = asyncio.create_task(growing.append(VIDEO, gate.chunks(), start=0, fence=1))
        await gate.reached.wait()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

        assert await growing.size(VIDEO) == 600_000
        await growing.append(VIDEO, stream([content[600_000:]]), start=600_000, fence=2)
        await growing.finish(VIDEO, fence=3)
        assert await read_all(store, VIDEO) == content

    async def test_a_writer_may_add_one_part_after_another(
        self, growing: GrowingMedia, store: MediaStore
    ) -> None:
        """What it added is durable in between."""
        content = noise(600_000)
        offset = 0
        for end in (3, 3, 300_000, 300_005, len(content)):
            offset = await growing.append(VIDEO, stream([content[offset:end]]), start=offset, fence=1)
            assert await growing.size(VIDEO) == offset == end
        stored = await growing.finish(VIDEO, fence=1)

        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        assert await read_all(store, VIDEO) == content

    @pytest.mark.parametrize("size", [600_000, *thorough([7, 20_000_000])])
    async def test_all_of_a_part_counts_or_nothing(
        self, growing: GrowingMedia, store: MediaStore, size: int
    ) -> None:
        await growing.append(VIDEO, stream([b"begun"]), start=0, fence=1)
        with pytest.raises(ConnectionResetError):
            await growing.append(
                VIDEO,
                breaking_off([noise(size, 2)], ConnectionResetError()),
                start=5,
                fence=2,
                all_or_nothing=True,
            )
        assert await growing.size(VIDEO) == 5

        content = noise(size, 3)
        await growing.append(VIDEO, stream([content]), start=5, fence=3, all_or_nothing=True)

        assert await growing.size(VIDEO) == 5 + size
        await growing.finish(VIDEO, fence=4)
        assert await read_all(store, VIDEO) == b"begun" + content

    async def test_while_a_part_must_come_whole_it_does_not_count(self, growing: GrowingMedia) -> None:
        gate = Gate([noise(20_000_000)], [b"end"])
        writing = asyncio.create_task(
            growing.append(VIDEO, gate.chunks(), start=0, fence=1, all_or_nothing=True)
        )
        await gate.reached.wait()

        assert await growing.size(VIDEO) == 0
        gate.opened.set()
        assert await writing == 20_000_003

    @pytest.mark.parametrize("size", [600_000, *thorough([100, 20_000_000])])
    async def test_a_newer_writer_fences_an_older_one_off(
        self, growing: GrowingMedia, another_process: Callable[[], GrowingMedia], store: MediaStore, size: int
    ) -> None:
        """Whatever the older one still has on its way, and whichever of them ends first."""
        content, wrong = noise(size), noise(size, 2)
        gate = Gate([wrong[: size // 2]], [wrong[size // 2 :]])
        old = asyncio.create_task(growing.append(VIDEO, gate.chunks(), start=0, fence=1))
        await gate.reached.wait()

        newer = another_process()
        start = await newer.size(VIDEO)
        try:
            await newer.append(VIDEO, stream([]), start=start, fence=2)
        except WrongOffsetError as error:
            # The older one's last bytes came to be stored in between.
            start = error.offset
        kept = wrong[:start]
        half = start + (size - start) // 2
        at = await newer.append(VIDEO, stream([content[start:half]]), start=start, fence=3)
        gate.opened.set()
        with pytest.raises(WriterSupersededError):
            await old
        await newer.append(VIDEO, stream([content[half:]]), start=at, fence=4)
        stored = await newer.finish(VIDEO, fence=5)

        assert await read_all(store, VIDEO) == kept + content[start:]
        assert stored.sha256 == hashlib.sha256(kept + content[start:]).hexdigest()

    async def test_an_older_writer_can_neither_begin_nor_finish(self, growing: GrowingMedia) -> None:
        await growing.append(VIDEO, stream([b"newest"]), start=0, fence=5)

        with pytest.raises(WriterSupersededError):
            await growing.append(VIDEO, stream([b"late"]), start=6, fence=4)
        with pytest.raises(WriterSupersededError):
            await growing.finish(VIDEO, fence=4)
        assert await growing.size(VIDEO) == 6

    async def test_finishing_again_gives_the_same(
        self, growing: GrowingMedia, another_process: Callable[[], GrowingMedia]
    ) -> None:
        await growing.append(VIDEO, stream([b"whole"]), start=0, fence=1)
        first = await growing.finish(VIDEO, fence=1)

        assert await growing.finish(VIDEO, fence=1) == first
        assert await another_process().finish(VIDEO, fence=2) == first

    async def test_what_has_not_begun_cannot_be_finished(self, growing: GrowingMedia) -> None:
        with pytest.raises(WriterSupersededError):
            await growing.finish(VIDEO, fence=1)

    async def test_a_finished_file_takes_no_more(self, growing: GrowingMedia, store: MediaStore) -> None:
        await growing.append(VIDEO, stream([b"whole"]), start=0, fence=1)
        await growing.finish(VIDEO, fence=1)

        assert await growing.append(VIDEO, stream([b""]), start=5, fence=2) == 5
        with pytest.raises(WrongOffsetError):
            await growing.append(VIDEO, stream([b"whole"]), start=0, fence=3)
        with pytest.raises(WriterSupersededError):
            await growing.append(VIDEO, stream([b"more"]), start=5, fence=4)
        await growing.discard(VIDEO)
        assert await read_all(store, VIDEO) == b"whole"

    @pytest.mark.parametrize("how", ["discard", "delete"])
    async def test_what_is_discarded_can_begin_again(
        self, growing: GrowingMedia, store: MediaStore, how: str
    ) -> None:
        """Deleting media discards what grows under its name, too."""
        await growing.append(OTHER, stream([b"stays"]), start=0, fence=1)
        await growing.append(VIDEO, stream([noise(600_000)]), start=0, fence=1)

        await (growing.discard(VIDEO) if how == "discard" else store.delete(VIDEO))

        assert await growing.size(VIDEO) == 0
        assert await begun(growing) == [OTHER]
        await growing.append(VIDEO, stream([b"again"]), start=0, fence=2)
        await growing.finish(VIDEO, fence=2)
        assert await read_all(store, VIDEO) == b"again"

    async def test_a_writer_ends_whose_file_is_discarded(
        self, growing: GrowingMedia, store: MediaStore
    ) -> None:
        gate = Gate([noise(600_000)], [noise(20_000_000)])
        writing = asyncio.create_task(growing.append(VIDEO, gate.chunks(), start=0, fence=1))
        await gate.reached.wait()
        await growing.discard(VIDEO)
        gate.opened.set()

        with pytest.raises(WriterSupersededError):
            await writing
        assert await growing.size(VIDEO) == 0
        assert await begun(growing) == []
        assert await listed(store) == set()

    @pytest.mark.measured_elsewhere
    async def test_takes_very_many_tiny_chunks(self, growing: GrowingMedia, store: MediaStore) -> None:
        content = noise(5_003)
        await growing.append(VIDEO, stream(content[i : i + 1] for i in range(len(content))), start=0, fence=1)

        await growing.finish(VIDEO, fence=1)

        assert await read_all(store, VIDEO) == content

    async def test_a_sweep_of_the_store_leaves_it_alone(
        self, growing: GrowingMedia, store: MediaStore
    ) -> None:
        await growing.append(VIDEO, stream([noise(600_000)]), start=0, fence=1)

        assert await store.sweep_unfinished(FAR_AHEAD) == 0
        assert await growing.size(VIDEO) == 600_000

    async def test_only_a_writer_at_a_time_gets_through(
        self, another_process: Callable[[], GrowingMedia], store: MediaStore
    ) -> None:
        """Of many that begin at once, the bytes of one at each place stay, and no more than that."""
        size = 700_000
        writers = [
            another_process().append(VIDEO, slowly(noise(size, fence)), start=0, fence=fence)
            for fence in range(1, 9)
        ]
        ended = await asyncio.gather(*writers, return_exceptions=True)

        assert [each for each in ended if each == size] in ([], [size])
        assert all(isinstance(each, int | WriterSupersededError | WrongOffsetError) for each in ended)
        process = another_process()
        start = await process.size(VIDEO)
        await process.append(VIDEO, stream([b"end"]), start=start, fence=100)
        stored = await process.finish(VIDEO, fence=101)
        content = await read_all(store, VIDEO)
        assert len(content) == stored.size == start + 3
        assert stored.sha256 == hashlib.sha256(content).hexdigest()

    @pytest.mark.one_in(4)
    @pytest.mark.parametrize("hostile", ["", "../escape", "a/b", "UPPER", "a@b", "$where", "a" * 129])
    async def test_refuses_what_is_not_a_media_id(self, growing: GrowingMedia, hostile: str) -> None:
        media_id = MediaId(hostile)
        calls: list[Callable[[], object]] = [
            lambda: growing.size(media_id),
            lambda: growing.append(media_id, stream([b"abc"]), start=0, fence=1),
            lambda: growing.finish(media_id, fence=1),
            lambda: growing.discard(media_id),
        ]

        for call in calls:
            with pytest.raises(ValueError, match="is not a media id"):
                await call()  # type: ignore[misc]


async def slowly(content: bytes) -> AsyncIterator[bytes]:
    """Give bytes in many pieces, others getting their turn in between."""
    for position in range(0, len(content), 50_000):
        await asyncio.sleep(0)
        yield content[position : position + 50_000]
