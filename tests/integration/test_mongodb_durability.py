import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from hashlib import sha256
from typing import Any

import pytest
from pymongo.database import Database

from tests.contracts.examples import ADA
from tests.contracts.media_store import FAR_AHEAD
from tests.integration.mongodb_writer import line_of, writer
from tests.selection import thorough
from tests.servers.server import Server
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionRequested

pytestmark = [pytest.mark.network, pytest.mark.measured_elsewhere, pytest.mark.kill]
ALL = 1_000_000


class TestMongoDurability:
    @pytest.mark.parametrize(("kills", "named"), [(1, 2), *thorough([(3, 12)])])
    async def test_what_was_acknowledged_outlives_killed_servers_and_processes(
        self,
        mongodb_server: Server[Any],
        mongodb_url: str,
        mongo: MongoDatabase,
        mongo_inside: Database[dict[str, Any]],
        kills: int,
        named: int,
    ) -> None:
        """Two processes store files and conversions; the server is killed meanwhile, and at last the processes are.

        Between two kills each process names so many. If there are several, the last one is behind the processes' end.
        Each conversion that was named is queued, with its event and its whole file. Of what was not, there is
        nothing to be seen, and after a sweep nothing at all.
        """
        acknowledged: set[str] = set()
        async with AsyncExitStack() as stack:
            writers = [
                await stack.enter_async_context(writer(mongodb_url, "endlessly", first))
                for first in ("0", "1000000")
            ]
            for kill in range(kills + 1):
                for one in writers:
                    acknowledged |= {await line_of(one) for _ in range(named)}
                if kill < kills:
                    await asyncio.to_thread(mongodb_server.kill)
                    await asyncio.to_thread(mongodb_server.start)
            for one in writers:
                one.kill()
                assert one.stdout is not None
                lines = (await one.stdout.read()).decode().splitlines(keepends=True)
                # A line that is cut off was never said.
                acknowledged |= {line.strip() for line in lines if line.endswith("\n")}
        if kills > 1:
            await asyncio.to_thread(mongodb_server.kill)
            await asyncio.to_thread(mongodb_server.start)

        outbox = MongoOutbox(mongo)
        media = GridFsMediaStore(mongo, SystemClock())
        stored = await MongoConversionRepository(mongo, outbox).list_owned(ADA, limit=ALL)
        events = await outbox.pending(limit=ALL)
        queued = {one.id: one for one in stored if one.state is ConversionState.QUEUED}

        assert len(acknowledged) >= 2 * named * (kills + 1)
        assert acknowledged <= set(queued)
        assert {event.conversion_id for event in events if isinstance(event, ConversionRequested)} == set(
            queued
        )
        assert len(events) == len(queued)
        async for damaged in damaged_files(media, list(queued.values())):
            raise AssertionError(f"the file of {damaged} is damaged")

        await media.sweep_unfinished(FAR_AHEAD)
        files = list(mongo_inside["media.files"].find())
        assert set(mongo_inside["media.chunks"].distinct("files_id")) == {file["_id"] for file in files}
        assert len({file["filename"] for file in files}) == len(files)
        assert mongo_inside["media.writes"].count_documents({}) == 0
        # Each file that can be seen is whole, also those that no conversion was queued for.
        async for listed in media.list_stored_before(FAR_AHEAD):
            assert await hashed(media, listed.id) == listed.sha256


async def damaged_files(media: GridFsMediaStore, conversions: list[Conversion]) -> AsyncIterator[str]:
    for conversion in conversions:
        if await hashed(media, conversion.source_media_id) != conversion.source.sha256:
            yield conversion.id


async def hashed(media: GridFsMediaStore, media_id: Any) -> str:
    digest = sha256()
    async for piece in media.read(media_id):
        digest.update(piece)
    return digest.hexdigest()
