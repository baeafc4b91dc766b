"""Files that grow in GridFS keep the contract, and what is special to GridFS."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from pymongo.errors import DuplicateKeyError
from typing_extensions import override

from tests.contracts.growing_media import GrowingMediaContract
from tests.contracts.media_store import VIDEO, noise, stream
from tests.integration.shared_mongodb import SharedMongoDb
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.growing_media import GridFsGrowingMedia
from tracklift_adapters.mongodb.media_files import CHUNK
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.media.ports import GrowingMedia

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestGridFsGrowingMedia(GrowingMediaContract):
    @pytest.fixture
    @override
    async def store(
        self, mongo: MongoDatabase, shared_mongodb: SharedMongoDb
    ) -> AsyncIterator[GridFsMediaStore]:
        store = GridFsMediaStore(mongo, SystemClock())
        await shared_mongodb.prepare(store)
        yield store
        await store.close()

    @pytest.fixture
    @override
    def growing(self, mongo: MongoDatabase, store: GridFsMediaStore) -> GridFsGrowingMedia:
        return GridFsGrowingMedia(mongo, SystemClock())

    @pytest.fixture
    @override
    def another_process(self, mongo: MongoDatabase, store: GridFsMediaStore) -> Callable[[], GrowingMedia]:
        return lambda: GridFsGrowingMedia(mongo, SystemClock())

    @pytest.mark.each_value_once
    @pytest.mark.parametrize("when", ["before the newer one", "before the end", "after the end"])
    @pytest.mark.parametrize(
        "number", [1, 2, 3], ids=["a chunk in the middle", "the last", "behind the last"]
    )
    async def test_a_chunk_of_a_superseded_writer_that_arrives_late_does_not_change_the_file(
        self, growing: GrowingMedia, store: GridFsMediaStore, mongo: MongoDatabase, number: int, when: str
    ) -> None:
        """The index refuses it, or it is replaced, or it lies behind the end: whenever it comes."""
        content = noise(2 * CHUNK + 70_000)
        await growing.append(VIDEO, stream([content[:CHUNK]]), start=0, fence=1)
        (growth,) = await mongo.collections["media.growing"].find().to_list()

        async def arrive(time: str) -> None:
            if time == when:
                late = {"files_id": growth["file_id"], "n": number, "data": bytes(CHUNK), "w": 1}
                with suppress(DuplicateKeyError):
                    await mongo.collections["media.chunks"].insert_one(late)

        await growing.append(VIDEO, stream([]), start=CHUNK, fence=2)
        await arrive("before the newer one")
        assert await growing.size(VIDEO) == CHUNK
        await growing.append(VIDEO, stream([content[CHUNK:]]), start=CHUNK, fence=3)
        await arrive("before the end")
        assert await growing.size(VIDEO) == len(content)
        stored = await growing.finish(VIDEO, fence=4)
        await arrive("after the end")

        assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert b"".join([chunk async for chunk in store.read(VIDEO)]) == content
        await store.delete(VIDEO)
        assert await mongo.collections["media.chunks"].count_documents({}) == 0
