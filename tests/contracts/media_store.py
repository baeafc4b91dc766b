"""What every media store must do."""

import asyncio
import contextlib
import functools
import hashlib
import random
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.selection import thorough
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError, MediaTooLargeError
from tracklift_domain.media.ports import MediaStore

VIDEO = MediaId("0f1e2d3c4b5a69788796a5b4c3d2e1f0.source")
OTHER = MediaId("0f1e2d3c4b5a69788796a5b4c3d2e1f0.audio.1")
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2999, 1, 1, tzinfo=UTC)
LARGEST_CHUNK = 4 * 1024**2
ODD_SIZES = (0, 1, 0, 7, 65_537, 1_048_577, 0, 3, 2_500_001, 0)


@functools.lru_cache(maxsize=4)
def noise(size: int, seed: int = 1) -> bytes:
    """Make bytes that no compression shrinks and no shift leaves alike."""
    return random.Random(seed).randbytes(size)  # noqa: S311 (test data, no secret)


async def stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Give chunks one by one, the loop running in between."""
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


async def breaking_off(chunks: Iterable[bytes], error: Exception) -> AsyncIterator[bytes]:
    """Give chunks, then fail."""
    async for chunk in stream(chunks):
        yield chunk
    raise error


class Gate:
    """A source that stands still after its first chunks until it is opened."""

    def __init__(self, first: Iterable[bytes], rest: Iterable[bytes] = ()) -> None:
        self._first = first
        self._rest = rest
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        for chunk in self._first:
            yield chunk
        self.reached.set()
        await self.opened.wait()
        for chunk in self._rest:
            yield chunk


async def read_all(store: MediaStore, media_id: MediaId, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.read(media_id, start=start, end=end)])


async def put(store: MediaStore, media_id: MediaId, content: bytes) -> None:
    await store.write(media_id, stream([content]))


async def listed(store: MediaStore, moment: datetime = FAR_AHEAD) -> set[MediaId]:
    return {stored.id async for stored in store.list_stored_before(moment)}


def open_files() -> int:
    """Count the file descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


class MediaStoreContract:
    """Inherited by the tests of each media store."""

    @pytest.fixture
    @abstractmethod
    def store(self) -> MediaStore:
        """Give an empty store."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def lose(self) -> Callable[[MediaId], None]:
        """Give a function that takes bytes out of the middle of a stored file, behind the store's back."""
        raise NotImplementedError

    async def test_lost_bytes_are_told_from_an_outage(
        self, store: MediaStore, lose: Callable[[MediaId], None]
    ) -> None:
        """A reader need not retry, and never takes a part for the whole."""
        await put(store, VIDEO, noise(3_000_001))
        await put(store, OTHER, b"another")
        lose(VIDEO)

        with pytest.raises(MediaLostError) as caught:
            await anext(store.read(VIDEO))
        assert caught.value.media_id == VIDEO
        with pytest.raises(MediaLostError):
            await self._read_seekable(store, VIDEO)
        assert await read_all(store, OTHER) == b"another"

    async def test_a_file_that_lost_bytes_can_be_replaced_and_deleted(
        self, store: MediaStore, lose: Callable[[MediaId], None]
    ) -> None:
        await put(store, VIDEO, noise(3_000_001))
        lose(VIDEO)
        await put(store, VIDEO, b"whole")
        assert await read_all(store, VIDEO) == b"whole"

        await put(store, VIDEO, noise(3_000_001))
        lose(VIDEO)
        await store.delete(VIDEO)
        with pytest.raises(MediaNotFoundError):
            await store.describe(VIDEO)

    async def test_gives_back_the_bytes_it_was_given(self, store: MediaStore) -> None:
        content = noise(3_000_001)

        stored = await store.write(VIDEO, stream([content]))

        assert await read_all(store, VIDEO) == content
        assert stored.id == VIDEO
        assert stored.size == len(content)
        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        assert stored.stored_at.utcoffset() == timedelta(0)

    async def test_describes_a_file_as_the_writing_did(self, store: MediaStore) -> None:
        stored = await store.write(VIDEO, stream([b"abc"]))

        assert await store.describe(VIDEO) == stored

    async def test_takes_chunks_of_any_size_and_empty_ones(self, store: MediaStore) -> None:
        chunks = [noise(size, seed) for seed, size in enumerate(ODD_SIZES)]

        stored = await store.write(VIDEO, stream(chunks))

        assert stored.size == sum(ODD_SIZES)
        assert stored.sha256 == hashlib.sha256(b"".join(chunks)).hexdigest()
        assert await read_all(store, VIDEO) == b"".join(chunks)

    @pytest.mark.measured_elsewhere
    async def test_takes_very_many_tiny_chunks(self, store: MediaStore) -> None:
        content = noise(5_003)

        await store.write(VIDEO, stream(content[i : i + 1] for i in range(len(content))))

        assert await read_all(store, VIDEO) == content

    @pytest.mark.parametrize("chunks", [[b"", b""], *thorough([[], [b""]])], ids=["two", "none", "one"])
    async def test_keeps_a_file_without_bytes(self, store: MediaStore, chunks: list[bytes]) -> None:
        stored = await store.write(VIDEO, stream(chunks))

        assert stored.size == 0
        assert stored.sha256 == hashlib.sha256().hexdigest()
        assert await read_all(store, VIDEO) == b""
        assert await listed(store) == {VIDEO}

    async def test_reads_in_chunks_of_bounded_size(self, store: MediaStore) -> None:
        await put(store, VIDEO, noise(9_000_000))

        sizes = [len(chunk) async for chunk in store.read(VIDEO)]

        assert sum(sizes) == 9_000_000
        assert min(sizes) > 0
        assert max(sizes) <= LARGEST_CHUNK

    async def test_what_was_never_stored_is_not_found(self, store: MediaStore) -> None:
        await put(store, OTHER, b"another")

        with pytest.raises(MediaNotFoundError):
            await store.describe(VIDEO)
        with pytest.raises(MediaNotFoundError):
            await store.open_seekable(VIDEO)
        with pytest.raises(MediaNotFoundError):
            await read_all(store, VIDEO)
        with pytest.raises(MediaNotFoundError):
            await read_all(store, VIDEO, start=5, end=5)

    async def test_reading_looks_for_the_file_with_the_first_chunk(self, store: MediaStore) -> None:
        chunks = store.read(VIDEO)

        with pytest.raises(MediaNotFoundError) as caught:
            await anext(chunks)
        assert caught.value.media_id == VIDEO

    async def test_a_second_write_replaces_the_first(self, store: MediaStore) -> None:
        await put(store, VIDEO, noise(2_000_000, 1))
        await put(store, OTHER, b"stays")

        stored = await store.write(VIDEO, stream([b"short"]))

        assert await read_all(store, VIDEO) == b"short"
        assert await store.describe(VIDEO) == stored
        assert await read_all(store, OTHER) == b"stays"
        assert await listed(store) == {VIDEO, OTHER}

    async def test_writing_the_same_twice_changes_nothing_that_can_be_read(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"same")
        await put(store, VIDEO, b"same")

        assert await read_all(store, VIDEO) == b"same"

    @pytest.mark.one_in(3)
    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (0, None),
            (0, 1),
            (1, 2),
            (0, 3_000_000),
            (0, 9_000_000),
            (2_999_999, None),
            (2_999_999, 3_000_001),
            (1_048_575, 1_048_577),
            (777, 2_222_222),
            (3_000_000, None),
            (9_000_000, None),
            (9_000_000, 9_000_001),
            (5, 5),
            (0, 0),
            (7, 3),
            (9_000_000, 1),
        ],
    )
    async def test_reads_any_range_as_slicing_does(
        self, store: MediaStore, start: int, end: int | None
    ) -> None:
        content = noise(3_000_000)
        await put(store, VIDEO, content)

        assert await read_all(store, VIDEO, start, end) == content[start:end]

    async def test_takes_exactly_as_much_as_is_allowed(self, store: MediaStore) -> None:
        stored = await store.write(VIDEO, stream([b"12345", b"67890"]), largest=10)

        assert stored.size == 10

    async def test_refuses_what_is_too_large_as_soon_as_it_is_known(self, store: MediaStore) -> None:
        async def source() -> AsyncIterator[bytes]:
            yield b"12345"
            yield b"678901"
            raise AssertionError("asked for more than was needed to know")

        with pytest.raises(MediaTooLargeError) as caught:
            await store.write(VIDEO, source(), largest=10)

        assert caught.value.limit == 10
        assert await listed(store) == set()

    async def test_too_large_a_file_leaves_the_one_before_it(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"before")

        with pytest.raises(MediaTooLargeError):
            await store.write(VIDEO, stream([b"far too large"]), largest=3)

        assert await read_all(store, VIDEO) == b"before"

    @pytest.mark.parametrize("sizes", [[100, 3_000_000], *thorough([[], [1]])], ids=str)
    async def test_an_error_of_the_source_comes_out_and_leaves_no_file(
        self, store: MediaStore, sizes: list[int]
    ) -> None:
        error = ConnectionResetError("the client went away")

        with pytest.raises(ConnectionResetError) as caught:
            await store.write(VIDEO, breaking_off(map(noise, sizes), error))

        assert caught.value is error
        with pytest.raises(MediaNotFoundError):
            await store.describe(VIDEO)
        assert await listed(store) == set()
        assert await store.sweep_unfinished(FAR_AHEAD) == 0

    async def test_an_error_of_the_source_leaves_the_file_before_it(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"before")

        with pytest.raises(ConnectionResetError):
            await store.write(VIDEO, breaking_off([noise(3_000_000)], ConnectionResetError()))

        assert await read_all(store, VIDEO) == b"before"
        assert await store.sweep_unfinished(FAR_AHEAD) == 0

    async def test_a_file_shows_only_with_its_last_byte(self, store: MediaStore) -> None:
        gate = Gate([noise(3_000_000)], [b"end"])
        writing = asyncio.create_task(store.write(VIDEO, gate.chunks()))
        await gate.reached.wait()

        with pytest.raises(MediaNotFoundError):
            await store.describe(VIDEO)
        assert await listed(store) == set()
        gate.opened.set()
        await writing

        assert await read_all(store, VIDEO) == noise(3_000_000) + b"end"

    async def test_the_file_before_it_is_read_until_the_last_byte(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"before")
        gate = Gate([noise(3_000_000)])
        writing = asyncio.create_task(store.write(VIDEO, gate.chunks()))
        await gate.reached.wait()

        assert await read_all(store, VIDEO) == b"before"
        gate.opened.set()
        await writing

        assert await read_all(store, VIDEO) == noise(3_000_000)

    @pytest.mark.parametrize("before", [b"before", *thorough([None])], ids=["replacing", "new"])
    async def test_a_cancellation_leaves_the_store_as_it_was(
        self, store: MediaStore, before: bytes | None
    ) -> None:
        if before is not None:
            await put(store, VIDEO, before)
        gate = Gate([noise(3_000_000)])
        writing = asyncio.create_task(store.write(VIDEO, gate.chunks()))
        await gate.reached.wait()

        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

        await self._require_content(store, before)
        assert await store.sweep_unfinished(FAR_AHEAD) == 0

    @pytest.mark.parametrize("before", [b"before", *thorough([None])], ids=["replacing", "new"])
    @pytest.mark.measured_elsewhere
    async def test_a_cancellation_at_any_time_leaves_old_or_new_and_tells_which(
        self, store: MediaStore, before: bytes | None
    ) -> None:
        new = noise(1_500_000)
        finished = False
        moment = 0
        while not finished:
            if before is None:
                await store.delete(VIDEO)
            else:
                await put(store, VIDEO, before)
            writing = asyncio.create_task(store.write(VIDEO, stream([new, b""])))
            await self._let_run(writing, moment)
            writing.cancel()
            try:
                await writing
            except asyncio.CancelledError:
                await self._require_content(store, before)
            else:
                finished = True
                await self._require_content(store, new)
            moment += 1 + moment // 4
        assert await store.sweep_unfinished(FAR_AHEAD) == 0

    async def test_a_reading_may_be_cancelled(self, store: MediaStore) -> None:
        await put(store, VIDEO, noise(9_000_000))
        reading = asyncio.create_task(read_all(store, VIDEO))
        await self._let_run(reading, 3)

        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

        assert await read_all(store, VIDEO) == noise(9_000_000)

    @pytest.mark.measured_elsewhere
    async def test_of_concurrent_writers_of_one_file_one_wins_whole(self, store: MediaStore) -> None:
        contents = [noise(1_200_000 + seed, seed) for seed in range(6)]

        written = await asyncio.gather(
            *(store.write(VIDEO, stream([content[:500_000], content[500_000:]])) for content in contents)
        )

        found = await read_all(store, VIDEO)
        assert found in contents
        assert await store.describe(VIDEO) in written
        assert (await store.describe(VIDEO)).sha256 == hashlib.sha256(found).hexdigest()
        assert await listed(store) == {VIDEO}
        assert await store.sweep_unfinished(FAR_AHEAD) == 0

    @pytest.mark.measured_elsewhere
    async def test_writers_of_many_files_do_not_mix_them_up(self, store: MediaStore) -> None:
        contents = {MediaId(f"{seed}.source"): noise(400_000, seed) for seed in range(6)}

        await asyncio.gather(
            *(store.write(media_id, stream([content])) for media_id, content in contents.items())
        )

        found = await asyncio.gather(*(read_all(store, media_id) for media_id in contents))
        assert dict(zip(contents, found, strict=True)) == contents

    @pytest.mark.measured_elsewhere
    async def test_many_read_one_file_at_once(self, store: MediaStore) -> None:
        content = noise(2_500_000)
        await put(store, VIDEO, content)

        found = await asyncio.gather(*(read_all(store, VIDEO, start) for start in range(12)))

        assert found == [content[start:] for start in range(12)]

    @pytest.mark.measured_elsewhere
    async def test_readers_beside_writers_see_one_version_whole(self, store: MediaStore) -> None:
        versions = [bytes([seed]) * 1_100_000 for seed in range(6)]
        await put(store, VIDEO, versions[0])

        found: list[bytes] = []

        async def read_versions() -> None:
            for _ in range(10):
                # A reading that has begun may raise, but not mix two versions.
                with contextlib.suppress(Exception):
                    found.append(await read_all(store, VIDEO))

        async def write_versions() -> None:
            for version in versions:
                await put(store, VIDEO, version)

        await asyncio.gather(write_versions(), read_versions(), read_versions())

        assert set(found) <= set(versions)
        assert await read_all(store, VIDEO) == versions[-1]

    async def test_a_deleted_file_is_gone(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"abc")
        await put(store, OTHER, b"stays")

        await store.delete(VIDEO)

        with pytest.raises(MediaNotFoundError):
            await store.describe(VIDEO)
        assert await listed(store) == {OTHER}
        assert await store.sweep_unfinished(FAR_AHEAD) == 0

    async def test_deleting_twice_or_what_never_was_is_no_error(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"abc")

        await store.delete(VIDEO)
        await store.delete(VIDEO)
        await store.delete(OTHER)

        assert await listed(store) == set()

    async def test_many_may_delete_one_file_at_once(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"abc")

        await asyncio.gather(*(store.delete(VIDEO) for _ in range(5)))

        assert await listed(store) == set()

    async def test_a_deleted_file_can_be_written_again(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"first")
        await store.delete(VIDEO)

        await put(store, VIDEO, b"second")

        assert await read_all(store, VIDEO) == b"second"

    async def test_a_reading_that_has_begun_ends_whole_or_raises_after_a_deletion(
        self, store: MediaStore
    ) -> None:
        content = noise(9_000_000)
        await put(store, VIDEO, content)
        reading = store.read(VIDEO)
        found = await anext(reading)

        await store.delete(VIDEO)
        try:
            async for chunk in reading:
                found += chunk
        except Exception:  # noqa: BLE001 (any error is better than a part passed off as the whole)
            return
        assert found == content

    async def test_a_seekable_file_reads_at_any_position(self, store: MediaStore) -> None:
        content = noise(3_000_000)
        await put(store, VIDEO, content)
        reader = await store.open_seekable(VIDEO)

        def use() -> None:
            assert reader.size == len(content)
            assert reader.tell() == 0
            assert reader.read(10) == content[:10]
            assert reader.tell() == 10
            assert reader.seek(1_000_000) == 1_000_000
            assert reader.read(1_500_000) == content[1_000_000:2_500_000]
            assert reader.seek(-5, 1) == 2_499_995
            assert reader.read(5) == content[2_499_995:2_500_000]
            assert reader.seek(-3, 2) == 2_999_997
            assert reader.read(100) == content[-3:]
            assert reader.read(1) == b""
            assert reader.seek(0) == 0
            assert reader.read(0) == b""
            assert reader.read() == content
            assert reader.read() == b""
            assert reader.seek(4_000_000) == 4_000_000
            assert reader.read(5) == b""
            assert reader.seek(5) == 5
            assert reader.read(-1) == content[5:]

        await asyncio.to_thread(use)
        await asyncio.to_thread(reader.close)

    async def test_a_seekable_file_that_was_told_what_is_expected_reads_anything(
        self, store: MediaStore
    ) -> None:
        content = noise(3_000_000)
        await put(store, VIDEO, content)
        reader = await store.open_seekable(VIDEO)
        reader.expect(ByteRanges.joined([(10, 20), (700_000, 2_000_000), (5_000_000, 5_000_001)], gap=0))

        def use() -> None:
            for position in (10, 700_000, 1_500_000, 0, 2_900_000, 15):
                reader.seek(position)
                assert reader.read(300_000) == content[position : position + 300_000]
            reader.expect(ByteRanges.joined([], gap=0))
            assert reader.seek(0) == 0
            assert reader.read() == content

        await asyncio.to_thread(use)
        await asyncio.to_thread(reader.close)

    async def test_a_seekable_file_refuses_positions_before_its_start(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"abc")
        reader = await store.open_seekable(VIDEO)

        def use() -> None:
            with pytest.raises((ValueError, OSError)):
                reader.seek(-1)
            assert reader.read() == b"abc"
            reader.close()

        await asyncio.to_thread(use)

    async def test_a_seekable_file_is_closed_once_however_often_it_is_asked_to(
        self, store: MediaStore
    ) -> None:
        await put(store, VIDEO, b"abc")
        reader = await store.open_seekable(VIDEO)

        def use() -> None:
            reader.close()
            reader.close()
            with pytest.raises(ValueError, match="closed"):
                reader.read(1)

        await asyncio.to_thread(use)

    async def test_a_seekable_file_without_bytes_is_at_its_end(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"")
        reader = await store.open_seekable(VIDEO)

        assert reader.size == 0
        assert await asyncio.to_thread(reader.read) == b""
        await asyncio.to_thread(reader.close)

    async def test_seekable_files_have_positions_of_their_own(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"0123456789")
        one = await store.open_seekable(VIDEO)
        two = await store.open_seekable(VIDEO)

        def use() -> None:
            one.seek(5)
            assert two.read(3) == b"012"
            assert one.read(3) == b"567"
            one.close()
            assert two.read(3) == b"345"
            two.close()

        await asyncio.to_thread(use)

    async def test_a_path_of_a_seekable_file_holds_its_bytes(self, store: MediaStore) -> None:
        await put(store, VIDEO, noise(70_000))
        reader = await store.open_seekable(VIDEO)

        def use() -> None:
            if reader.path is not None:
                assert reader.path.read_bytes() == noise(70_000)
            reader.close()

        await asyncio.to_thread(use)

    async def test_lists_what_was_stored_before_a_time(self, store: MediaStore) -> None:
        first = await store.write(VIDEO, stream([b"abc"]))
        second = await store.write(OTHER, stream([b"defg"]))
        after = max(first.stored_at, second.stored_at) + timedelta(seconds=1)

        found = [stored async for stored in store.list_stored_before(after)]

        assert sorted(found, key=lambda stored: stored.size) == [first, second]
        assert await listed(store, min(first.stored_at, second.stored_at)) == set()
        assert await listed(store, LONG_AGO) == set()

    async def test_lists_nothing_in_an_empty_store(self, store: MediaStore) -> None:
        assert await listed(store) == set()

    @pytest.mark.measured_elsewhere
    async def test_files_may_be_deleted_while_they_are_listed(self, store: MediaStore) -> None:
        media_ids = {MediaId(f"{number}.source") for number in range(8)}
        for media_id in media_ids:
            await put(store, media_id, b"abc")

        seen = set()
        async for stored in store.list_stored_before(FAR_AHEAD):
            seen.add(stored.id)
            await store.delete(stored.id)

        assert seen == media_ids
        assert await listed(store) == set()

    async def test_sweeping_leaves_whole_files_alone(self, store: MediaStore) -> None:
        await put(store, VIDEO, b"first")
        await put(store, VIDEO, b"abc")

        assert await store.sweep_unfinished(FAR_AHEAD) == 0
        assert await read_all(store, VIDEO) == b"abc"

    async def test_sweeping_leaves_alone_a_write_that_began_later(self, store: MediaStore) -> None:
        gate = Gate([noise(3_000_000)], [b"end"])
        writing = asyncio.create_task(store.write(VIDEO, gate.chunks()))
        await gate.reached.wait()

        assert await store.sweep_unfinished(LONG_AGO) == 0
        gate.opened.set()
        await writing

        assert await read_all(store, VIDEO) == noise(3_000_000) + b"end"

    @pytest.mark.one_in(4)
    @pytest.mark.parametrize(
        "hostile",
        [
            "",
            "../escape",
            "a/b",
            "/etc/passwd",
            "a\\b",
            "a\0b",
            "a\n",
            "UPPER",
            "a@b",
            "a b",
            "é",
            "a" * 129,
            "$where",
        ],
    )
    async def test_refuses_what_is_not_a_media_id(self, store: MediaStore, hostile: str) -> None:
        media_id = MediaId(hostile)
        calls: list[Callable[[], object]] = [
            lambda: store.write(media_id, stream([b"abc"])),
            lambda: store.describe(media_id),
            lambda: read_all(store, media_id),
            lambda: store.open_seekable(media_id),
            lambda: store.delete(media_id),
        ]

        for call in calls:
            with pytest.raises(ValueError, match="is not a media id"):
                await call()  # type: ignore[misc]
        assert await listed(store) == set()

    @pytest.mark.parametrize("media_id", ["..", "-", "a" * 128, *thorough([".", "...", "con", ".json"])])
    async def test_odd_media_ids_are_as_good_as_others(self, store: MediaStore, media_id: str) -> None:
        await put(store, MediaId(media_id), media_id.encode())

        assert await read_all(store, MediaId(media_id)) == media_id.encode()
        assert await listed(store) == {media_id}
        await store.delete(MediaId(media_id))
        assert await listed(store) == set()

    @pytest.mark.measured_elsewhere
    async def test_leaks_no_open_files(self, store: MediaStore) -> None:
        async def round_of_use() -> None:
            await put(store, VIDEO, noise(600_000))
            await put(store, VIDEO, noise(600_001))
            with pytest.raises(ConnectionResetError):
                await store.write(OTHER, breaking_off([noise(600_000)], ConnectionResetError()))
            reading = store.read(VIDEO)
            await anext(reading)
            await reading.aclose()  # type: ignore[attr-defined]
            await read_all(store, VIDEO)
            (await store.open_seekable(VIDEO)).close()
            await listed(store)
            await store.sweep_unfinished(FAR_AHEAD)
            await store.delete(VIDEO)

        await round_of_use()
        rounds = 10
        before = open_files()
        for _ in range(rounds):
            await round_of_use()

        # A driver may have a connection more or less at any time; a leak is one in each round.
        assert open_files() < before + rounds // 2

    @staticmethod
    async def _read_seekable(store: MediaStore, media_id: MediaId) -> bytes:
        reader = await store.open_seekable(media_id)
        try:
            return await asyncio.to_thread(reader.read)
        finally:
            reader.close()

    @staticmethod
    async def _require_content(store: MediaStore, content: bytes | None) -> None:
        if content is None:
            with pytest.raises(MediaNotFoundError):
                await store.describe(VIDEO)
            assert await listed(store) == set()
        else:
            assert await read_all(store, VIDEO) == content

    @staticmethod
    async def _let_run(task: asyncio.Task[object], turns: int) -> None:
        """Give the loop a number of turns, fewer if the task is done before."""
        for _ in range(turns):
            if task.done():
                return
            await asyncio.sleep(0)
