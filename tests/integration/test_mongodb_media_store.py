import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from gridfs import GridFSBucket
from pymongo.database import Database
from typing_extensions import override

from tests.contracts.examples import DAY, NOW, SECOND
from tests.contracts.media_store import (
    FAR_AHEAD,
    VIDEO,
    Gate,
    MediaStoreContract,
    listed,
    noise,
    put,
    read_all,
    stream,
)
from tests.integration.conftest import MongoMaker
from tests.integration.mongodb_writer import line_of, writer
from tests.integration.shared_mongodb import SharedMongoDb
from tests.selection import thorough
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.media_files import CHUNK, MediaFiles
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.media_writing import GridFsWriting
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError

pytestmark = [pytest.mark.network, pytest.mark.shared_database]
Inside = Database[dict[str, Any]]
SLOWLY = 12
"""Pieces of an upload that comes in over many steps of the clock."""


def leftovers(inside: Inside) -> dict[str, int]:
    """Count what should not be there when nothing is under way."""
    files = list(inside["media.files"].find())
    whole = {file["_id"] for file in files}
    return {
        "chunks without a file": len(set(inside["media.chunks"].distinct("files_id")) - whole),
        "notes of writes": inside["media.writes"].count_documents({}),
        "files behind newer ones": len(files) - len({file["filename"] for file in files}),
    }


NOTHING = {"chunks without a file": 0, "notes of writes": 0, "files behind newer ones": 0}


@pytest.fixture
async def store(mongo: MongoDatabase, shared_mongodb: SharedMongoDb) -> AsyncIterator[GridFsMediaStore]:
    """Give an empty store."""
    store = GridFsMediaStore(mongo, SystemClock())
    await shared_mongodb.prepare(store)
    yield store
    await store.close()


@pytest.fixture
def media(mongo: MongoDatabase, store: GridFsMediaStore) -> MediaFiles:
    """Give the bucket under the store."""
    return MediaFiles(mongo, SystemClock())


async def published(media: MediaFiles, content: bytes) -> GridFsWriting:
    """Write a file as far as others see it, and leave it there."""
    writing = GridFsWriting(media, VIDEO, SystemClock())
    writing.begin()
    await writing.add(content)
    await writing.publish()
    return writing


class TestGridFsMediaStore(MediaStoreContract):
    @pytest.fixture
    @override
    async def store(
        self, mongo: MongoDatabase, shared_mongodb: SharedMongoDb
    ) -> AsyncIterator[GridFsMediaStore]:
        """Give an empty store, and see at the end of each test that it has left nothing lying about."""
        store = GridFsMediaStore(mongo, SystemClock())
        await shared_mongodb.prepare(store)
        yield store
        await store.close()
        assert leftovers(shared_mongodb.inside) == NOTHING

    @pytest.fixture
    @override
    def lose(self, mongo_inside: Inside) -> Callable[[MediaId], None]:
        def lose(media_id: MediaId) -> None:
            file = newest(mongo_inside, media_id)
            assert mongo_inside["media.chunks"].delete_one({"files_id": file, "n": 7}).deleted_count == 1

        return lose


def newest(inside: Inside, media_id: MediaId) -> Any:
    """Give the id of the file that counts."""
    file = inside["media.files"].find_one({"filename": media_id}, sort=[("metadata.generation", -1)])
    assert file is not None
    return file["_id"]


async def test_a_chunk_of_the_wrong_size_is_a_loss(store: GridFsMediaStore, mongo_inside: Inside) -> None:
    """It shows when it is read."""
    await put(store, VIDEO, noise(8 * CHUNK))
    mongo_inside["media.chunks"].update_one({"n": 6}, {"$set": {"data": b"short"}})

    assert len(await read_all(store, VIDEO, 0, 4 * CHUNK)) == 4 * CHUNK
    with pytest.raises(MediaLostError, match="chunks are missing or damaged"):
        await read_all(store, VIDEO)


async def test_a_missing_chunk_shows_before_the_first_byte_is_given(
    store: GridFsMediaStore, mongo_inside: Inside
) -> None:
    """Of the range that is asked for: what lies around it can be read."""
    await put(store, VIDEO, noise(40 * CHUNK))
    mongo_inside["media.chunks"].delete_one({"n": 30})

    with pytest.raises(MediaLostError):
        await anext(store.read(VIDEO))
    assert len(await read_all(store, VIDEO, 0, 30 * CHUNK)) == 30 * CHUNK
    assert len(await read_all(store, VIDEO, 31 * CHUNK)) == 9 * CHUNK


async def test_a_file_that_is_deleted_while_it_is_read_is_not_lost(store: GridFsMediaStore) -> None:
    await put(store, VIDEO, noise(40 * CHUNK))
    reading = store.read(VIDEO)
    await anext(reading)
    await store.delete(VIDEO)

    with pytest.raises(MediaNotFoundError):
        await anext(reading)


async def test_chunks_are_not_compressed_a_second_time(store: GridFsMediaStore, mongo_inside: Inside) -> None:
    """Whichever service comes first makes the collection, and the others find it."""
    await store.prepare()

    options = mongo_inside["media.chunks"].options()
    assert options["storageEngine"]["wiredTiger"]["configString"] == "block_compressor=none"


async def test_any_tool_that_knows_gridfs_reads_the_files(
    store: GridFsMediaStore, mongo_inside: Inside
) -> None:
    content = noise(3 * CHUNK + 1)
    await put(store, VIDEO, content)

    with GridFSBucket(mongo_inside, "media").open_download_stream_by_name(VIDEO) as file:
        assert file.read() == content
        assert file.length == len(content)
        assert file.metadata is not None
        assert file.metadata["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "size", [CHUNK, 8 * CHUNK + 1, *thorough([CHUNK - 1, CHUNK + 1, 8 * CHUNK, 24 * CHUNK])]
)
async def test_pieces_of_any_size_fill_whole_chunks(
    store: GridFsMediaStore, mongo_inside: Inside, size: int
) -> None:
    """What comes in is cut anew: each chunk is full but the last, and they are numbered without a gap."""
    content = noise(size)

    await store.write(VIDEO, stream(content[start : start + 65_521] for start in range(0, size, 65_521)))

    chunks = list(mongo_inside["media.chunks"].find(sort=[("n", 1)]))
    assert [chunk["n"] for chunk in chunks] == list(range(-(-size // CHUNK)))
    assert {len(chunk["data"]) for chunk in chunks[:-1]} <= {CHUNK}
    assert b"".join(chunk["data"] for chunk in chunks) == content


async def test_a_newer_write_counts_whatever_the_clocks_say(
    mongo: MongoDatabase, mongo_inside: Inside
) -> None:
    """Two hosts' clocks never agree, and a write that was answered must not lose against one from before it."""
    clock = ManualClock(NOW)
    store = GridFsMediaStore(mongo, clock)
    await store.prepare()
    await put(store, VIDEO, b"first")
    await store.close()

    clock.set(NOW - DAY)
    await put(store, VIDEO, b"second")
    await store.close()

    assert await read_all(store, VIDEO) == b"second"
    assert leftovers(mongo_inside) == NOTHING


async def test_a_write_that_is_undone_takes_no_other_with_it(
    store: GridFsMediaStore, media: MediaFiles, mongo_inside: Inside
) -> None:
    """Of two writers the later is cancelled at the last moment, while the earlier already tidies up."""
    earlier = await published(media, b"earlier")
    later = await published(media, b"later")

    await media.settle(earlier.file_id, VIDEO)
    assert await read_all(store, VIDEO) == b"later"
    await later.undo()

    assert await read_all(store, VIDEO) == b"earlier"
    assert await store.sweep_unfinished(FAR_AHEAD) == 0
    assert await read_all(store, VIDEO) == b"earlier"
    assert leftovers(mongo_inside) == NOTHING


async def test_of_two_writers_the_last_to_tidy_up_leaves_one_file(
    store: GridFsMediaStore, media: MediaFiles, mongo_inside: Inside
) -> None:
    """In whichever order they do."""
    for order in (0, 1), (1, 0):
        writings = [await published(media, b"earlier"), await published(media, b"later")]
        for number in order:
            await media.settle(writings[number].file_id, VIDEO)
        await store.sweep_unfinished(FAR_AHEAD)

        assert await read_all(store, VIDEO) == b"later"
        assert leftovers(mongo_inside) == NOTHING
        await store.delete(VIDEO)


async def test_what_a_killed_process_had_still_to_tidy_up_is_swept(
    store: GridFsMediaStore, media: MediaFiles, mongo_inside: Inside
) -> None:
    """It had published a new file, and the one before is still there; neither counts as a broken-off write."""
    await put(store, VIDEO, b"before")
    await published(media, b"after")
    assert leftovers(mongo_inside)["files behind newer ones"] == 1

    assert await store.sweep_unfinished(FAR_AHEAD) == 0

    assert await read_all(store, VIDEO) == b"after"
    assert leftovers(mongo_inside) == NOTHING


async def test_a_deletion_that_broke_off_is_finished_by_a_sweep(
    store: GridFsMediaStore, mongo_inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the file is gone and before its bytes are."""
    await put(store, VIDEO, noise(3_000_000))
    await store.close()

    async def die(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MediaFiles, "delete_chunks", die)
        with pytest.raises(KeyboardInterrupt):
            await store.delete(VIDEO)
    with pytest.raises(MediaNotFoundError):
        await store.describe(VIDEO)
    assert leftovers(mongo_inside)["chunks without a file"] == 1

    assert await store.sweep_unfinished(FAR_AHEAD) == 1

    assert leftovers(mongo_inside) == NOTHING


async def test_a_deletion_that_had_only_begun_leaves_the_file(
    store: GridFsMediaStore, mongo: MongoDatabase, mongo_inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(store, VIDEO, b"abc")
    await store.close()
    file = mongo_inside["media.files"].find_one() or {}
    mongo_inside["media.writes"].insert_one({"_id": file["_id"], "touched_at": 0, "deleting": True})

    assert await store.sweep_unfinished(FAR_AHEAD) == 0

    assert await read_all(store, VIDEO) == b"abc"
    assert leftovers(mongo_inside) == NOTHING


async def test_a_write_that_was_swept_after_all_is_told_and_leaves_nothing(
    store: GridFsMediaStore, make_mongo: MongoMaker, mongo_inside: Inside
) -> None:
    """It stood still for too long, and another process took it for dead: it must not publish a file with holes."""
    sweeper = GridFsMediaStore(make_mongo(), SystemClock())
    gate = Gate([noise(9_000_000)], [noise(3_000_000)])
    writing = asyncio.create_task(store.write(VIDEO, gate.chunks()))
    await gate.reached.wait()

    assert await sweeper.sweep_unfinished(FAR_AHEAD) == 1
    gate.opened.set()

    with pytest.raises(ServiceUnavailableError, match="swept"):
        await writing
    assert await listed(store) == set()
    assert leftovers(mongo_inside) == NOTHING


async def test_a_write_whose_sweep_has_only_begun_gives_up(
    store: GridFsMediaStore, mongo_inside: Inside
) -> None:
    """The sweeper has chosen it and is slow, or dies, before it deletes anything."""
    gate = Gate([noise(9_000_000)])
    writing = asyncio.create_task(store.write(VIDEO, gate.chunks()))
    await gate.reached.wait()
    mongo_inside["media.writes"].update_one({}, {"$set": {"swept": True}})
    gate.opened.set()

    with pytest.raises(ServiceUnavailableError, match="swept"):
        await writing
    assert await listed(store) == set()
    assert leftovers(mongo_inside) == NOTHING


async def test_a_write_that_goes_on_slowly_is_not_swept(
    mongo: MongoDatabase, make_mongo: MongoMaker, mongo_inside: Inside
) -> None:
    """However little comes in a time, down to a few bytes."""
    clock = ManualClock(NOW)
    store, sweeper = GridFsMediaStore(mongo, clock), GridFsMediaStore(make_mongo(), clock)
    await store.prepare()

    async def trickle() -> AsyncIterator[bytes]:
        for number in range(SLOWLY):
            yield bytes([number]) * 7
            clock.advance(timedelta(seconds=10))
            assert await sweeper.sweep_unfinished(clock.now() - timedelta(seconds=15)) == 0

    stored = await store.write(VIDEO, trickle())
    await store.close()

    assert stored.size == 7 * SLOWLY
    assert await read_all(store, VIDEO) == b"".join(bytes([number]) * 7 for number in range(SLOWLY))
    assert leftovers(mongo_inside) == NOTHING


@pytest.mark.kill
async def test_what_a_killed_upload_stored_is_invisible_and_swept(
    store: GridFsMediaStore, mongodb_url: str, mongo_inside: Inside
) -> None:
    async with writer(mongodb_url, "hold") as holding:
        assert await line_of(holding) == "begun"

    assert await listed(store) == set()
    assert leftovers(mongo_inside)["notes of writes"] == 1
    assert await store.sweep_unfinished(SystemClock().now() - DAY) == 0
    assert await store.sweep_unfinished(SystemClock().now() + SECOND) == 1
    assert leftovers(mongo_inside) == NOTHING


async def test_large_files_are_deleted_whole(
    store: GridFsMediaStore, mongo_inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In more than one step."""
    monkeypatch.setattr("tracklift_adapters.mongodb.media_files._SLICE", 3)
    await put(store, VIDEO, noise(11 * CHUNK))

    await store.delete(VIDEO)

    assert leftovers(mongo_inside) == NOTHING


async def test_no_older_file_comes_to_light_while_a_newer_one_is_deleted(
    store: GridFsMediaStore, media: MediaFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are there, as after a crash; a reader in between sees the newer one or none."""
    for content in (b"older", b"newer"):
        await published(media, content)
    seen = []
    delete_chunks = MediaFiles.delete_chunks

    async def look(media: MediaFiles, file_id: Any) -> bool:
        seen.append({file["metadata"]["generation"] for file in await media.find(VIDEO, limit=1)})
        return await delete_chunks(media, file_id)

    monkeypatch.setattr(MediaFiles, "delete_chunks", look)
    await store.delete(VIDEO)

    assert seen == [{2}, set()]


async def test_lists_more_than_fits_into_a_page(
    store: GridFsMediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracklift_adapters.mongodb.media_files._PAGE", 4)
    media_ids = [MediaId(f"{number}.source") for number in range(12)]
    await asyncio.gather(*(put(store, media_id, b"abc") for media_id in media_ids))

    assert sorted([stored.id async for stored in store.list_stored_before(FAR_AHEAD)]) == sorted(media_ids)


async def test_a_short_range_takes_no_more_than_its_chunks(
    store: GridFsMediaStore, mongo_inside: Inside
) -> None:
    """A player asks for the first bytes of a large file, and the server need not send a megabyte for them."""
    await put(store, VIDEO, noise(12 * CHUNK))
    mongo_inside.command("profile", 2)

    assert len(await read_all(store, VIDEO, 3 * CHUNK + 5, 3 * CHUNK + 7)) == 2

    mongo_inside.command("profile", 0)
    finds = list(mongo_inside["system.profile"].find({"command.find": "media.chunks"}))
    assert [find["nreturned"] for find in finds] == [1]


async def test_a_slow_reader_holds_nothing_open_on_the_server(
    store: GridFsMediaStore, mongo_inside: Inside
) -> None:
    """A cursor would be closed by the server after ten minutes, in the middle of a download."""
    await put(store, VIDEO, noise(30 * CHUNK))
    reading = store.read(VIDEO)
    await anext(reading)

    status = mongo_inside.command("serverStatus")["metrics"]["cursor"]["open"]

    assert status["total"] == 0
    await reading.aclose()  # type: ignore[attr-defined]


async def test_a_large_upload_takes_little_memory(mongodb_url: str) -> None:
    """A few batches of 2 MB, however large the file is."""
    async with writer(mongodb_url, "memory", str(64 * 2**20)) as measuring:
        rise = int(await line_of(measuring))

    assert rise < 40 * 2**20
