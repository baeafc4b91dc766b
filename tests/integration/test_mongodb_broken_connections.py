"""Conversions, downloads and uploads over connections to MongoDB that break again and again."""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from tests.contracts.examples import a_conversion
from tests.contracts.media_store import VIDEO, noise, put, read_all
from tests.integration.conftest import MongoMaker
from tests.integration.extraction_engines import with_lame
from tests.integration.resetting_proxy import ResettingProxy
from tests.media import ffmpeg
from tests.servers.server import Server
from tests.unit import settings
from tracklift_adapters.in_memory.audio_ledger import InMemoryAudioLedger
from tracklift_adapters.in_memory.update_feed import InMemoryUpdateFeed
from tracklift_adapters.in_memory.verified_addresses import InMemoryVerifiedAddresses
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.system.clock import SystemClock
from tracklift_converter import container as converter
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.policies import AttemptPolicy
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_domain.messaging.delivery import Disposition, Done

pytestmark = [pytest.mark.network, pytest.mark.measured_elsewhere]
ATTEMPTS = AttemptPolicy(storage_pause=timedelta(milliseconds=50))
PATIENCE = 60
OPTIONS = AudioOptions(bitrate=320)
MP3_SECONDS = 30
MP3_SIZE = MP3_SECONDS * 320_000 // 8


@dataclass
class Storage:
    """What keeps conversions and media in one MongoDB."""

    conversions: MongoConversionRepository
    media: GridFsMediaStore
    feed: InMemoryUpdateFeed = field(default_factory=InMemoryUpdateFeed)

    @classmethod
    async def on(cls, database: MongoDatabase) -> "Storage":
        conversions = MongoConversionRepository(database, MongoOutbox(database))
        media = GridFsMediaStore(database, SystemClock())
        await conversions.prepare()
        await media.prepare()
        return cls(conversions, media)

    async def convert(
        self, conversion: Conversion, scratch: Path, attempts: AttemptPolicy = ATTEMPTS
    ) -> Disposition:
        """Do the work of a converter."""
        adapters = {
            "conversions": self.conversions,
            "media": self.media,
            "feed": self.feed,
            "extractor": with_lame(scratch),
            "verified": InMemoryVerifiedAddresses(),
            "ledger": InMemoryAudioLedger(),
            "attempts": attempts,
        }
        run = converter.build(settings.CONVERTER, adapters).use_cases().run_conversion()
        return await run(ConversionRequested.of(conversion))

    async def mp3_of(self, conversion: Conversion) -> bytes:
        """Give the MP3 of a conversion that completed in its first attempt."""
        done = await self.conversions.get(conversion.id)
        assert (done.state, done.attempt, done.failure) == (ConversionState.COMPLETED, 1, None)
        assert done.audio is not None
        return await read_all(self.media, done.audio.media_id)


@pytest.fixture
async def storage(mongo: MongoDatabase) -> AsyncIterator[Storage]:
    """Give the storage as it is reached without a proxy."""
    storage = await Storage.on(mongo)
    yield storage
    await storage.media.close()


@pytest.fixture
async def proxy(mongodb_url: str) -> AsyncIterator[ResettingProxy]:
    """Give a proxy whose connections break after 150 to 900 kB."""
    async with ResettingProxy(mongodb_url) as proxy:
        yield proxy


@pytest.fixture
async def behind(proxy: ResettingProxy, make_mongo: MongoMaker) -> AsyncIterator[Storage]:
    """Give the storage as it is reached through the proxy."""
    storage = await Storage.on(make_mongo(proxy.url))
    yield storage
    await storage.media.close()


def make_video(folder: Path, seconds: int) -> bytes:
    """Make a video, pictures and sound taking turns over 9 MB."""
    path = folder / "video.mov"
    source = [
        "-f",
        "rawvideo",
        "-pixel_format",
        "rgb24",
        "-video_size",
        "64x48",
        "-framerate",
        f"{900 / seconds:g}",
    ]
    ffmpeg.run(
        *(*source, "-t", str(seconds), "-i", "/dev/urandom"),
        *("-f", "lavfi", "-i", f"anoisesrc=d={seconds}:r=44100:seed=3"),
        *("-c:v", "rawvideo", "-c:a", "aac", "-f", "mov", str(path)),
    )
    return path.read_bytes()


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Make a video that is converted soon."""
    return make_video(tmp_path_factory.mktemp("video"), MP3_SECONDS)


@pytest.fixture(scope="module")
def long_video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Make a video that is converted for a while."""
    return make_video(tmp_path_factory.mktemp("long_video"), 90)


async def kept(storage: Storage, video: bytes, number: int) -> Conversion:
    """Store a video and the conversion that waits for it."""
    conversion = a_conversion(number, options=OPTIONS)
    await storage.conversions.add(conversion)
    await put(storage.media, conversion.source_media_id, video)
    return conversion


@pytest.mark.media
async def test_a_conversion_completes_in_its_first_attempt(
    storage: Storage, behind: Storage, proxy: ResettingProxy, video: bytes, tmp_path: Path
) -> None:
    """Its MP3 is the one that an undisturbed converter makes, byte for byte."""
    undisturbed, disturbed = await kept(storage, video, 1), await kept(storage, video, 2)
    await storage.convert(undisturbed, tmp_path)

    assert await behind.convert(disturbed, tmp_path) == Done()

    assert await storage.mp3_of(disturbed) == await storage.mp3_of(undisturbed)
    assert proxy.resets > (len(video) + MP3_SIZE) // 900_000


@pytest.mark.media
async def test_an_outage_while_the_mp3_is_stored_costs_no_attempt(
    storage: Storage,
    mongodb_url: str,
    make_mongo: MongoMaker,
    mongo_inside: Database[dict[str, Any]],
    video: bytes,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """MongoDB is gone as soon as the MP3 begins to be stored, and comes back when the converter has noticed."""
    conversion = await kept(storage, video, 1)
    async with ResettingProxy(mongodb_url, smallest=2**40, largest=2**40) as proxy:
        behind = await Storage.on(make_mongo(proxy.url, patience=timedelta(seconds=1)))
        write, begun = behind.media.write, asyncio.Event()

        async def interrupted(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
            async for chunk in chunks:
                if not begun.is_set():
                    while not await asyncio.to_thread(mongo_inside["media.writes"].count_documents, {}):
                        await asyncio.sleep(0.001)
                    await proxy.close()
                    begun.set()
                yield chunk

        def write_interrupted(media_id: MediaId, chunks: AsyncIterable[bytes]) -> Awaitable[StoredMedia]:
            return write(media_id, interrupted(chunks))

        monkeypatch.setattr(behind.media, "write", write_interrupted)
        with caplog.at_level(logging.WARNING):
            converting = asyncio.create_task(behind.convert(conversion, tmp_path))
            await begun.wait()
            async with asyncio.timeout(PATIENCE):
                while "Trying again" not in caplog.text:
                    await asyncio.sleep(0.01)
        await proxy.open()

        assert await converting == Done()
        await behind.media.close()

    assert len(await storage.mp3_of(conversion)) >= MP3_SIZE


# Each run shows what an outage costs by the test above, and that frozen servers are given up for lost.
@pytest.mark.thorough
@pytest.mark.media
@pytest.mark.kill
async def test_a_server_that_freezes_costs_no_attempt(
    mongodb_server: Server[Any],
    storage: Storage,
    make_mongo: MongoMaker,
    long_video: bytes,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It does so while the video is read, and until a lease can't be renewed."""
    conversion = await kept(storage, long_video, 1)
    behind = await Storage.on(make_mongo(patience=timedelta(seconds=1)))
    brief = replace(ATTEMPTS, lease=timedelta(seconds=1), watch_every=timedelta(milliseconds=50))
    with caplog.at_level(logging.WARNING):
        async with asyncio.timeout(PATIENCE), behind.feed.subscribe(conversion.owner.user_id) as updates:
            converting = asyncio.create_task(behind.convert(conversion, tmp_path, brief))
            while (await anext(updates)).progress is None:
                pass
        await asyncio.to_thread(mongodb_server.pause)
        async with asyncio.timeout(PATIENCE):
            while "can't be renewed now" not in caplog.text:
                await asyncio.sleep(0.01)
    await asyncio.to_thread(mongodb_server.start)

    assert await converting == Done()
    await behind.media.close()
    assert len(await storage.mp3_of(conversion)) > 3_000_000


async def test_a_file_is_written_and_read_whole(
    storage: Storage, behind: Storage, proxy: ResettingProxy
) -> None:
    """As an upload and a download do it, in batches larger than any connection carries."""
    content = noise(5_000_000)

    await put(behind.media, VIDEO, content)
    assert await read_all(storage.media, VIDEO) == content
    assert await read_all(behind.media, VIDEO, 5) == content[5:]

    assert proxy.resets > 2 * len(content) // 900_000
