"""The extractor with engines in processes keeps the contract of extractors, wherever the video lies."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typing_extensions import override

from tests.contracts.audio_extractor import AudioExtractorContract
from tests.integration.extraction_engines import EXTRACTORS, with_lame
from tests.integration.extraction_traces import Traces
from tests.media.hostile import HOSTILE
from tests.media.readers import BytesVideo, FileVideo
from tests.media.samples import sample
from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_domain.extraction.ports import AudioExtractor
from tracklift_domain.media.ports import SeekableReader

pytestmark = [pytest.mark.media, pytest.mark.kill]


class TestVideoInAFile(AudioExtractorContract):
    """With a video that lies in an ordinary file."""

    @pytest.fixture(params=EXTRACTORS)
    @override
    def extractor(self, request: pytest.FixtureRequest, tmp_path: Path) -> AudioExtractor:
        self.traces = Traces(tmp_path / "scratch")
        self.folder = tmp_path
        return EXTRACTORS[request.param](tmp_path / "scratch")

    @override
    def video(self) -> SeekableReader:
        return FileVideo(sample("index-at-end"))

    @override
    def damaged_video(self) -> SeekableReader:
        make, _ = HOSTILE["noisy-media"]
        path = self.folder / "damaged.mp4"
        path.write_bytes(make())
        return FileVideo(path)

    @override
    def left_behind(self) -> list[str]:
        return self.traces.left()


class TestVideoInAStorage(TestVideoInAFile):
    """With a video that only the application can read."""

    @override
    def video(self) -> SeekableReader:
        return BytesVideo(sample("index-at-end").read_bytes())

    @override
    def damaged_video(self) -> SeekableReader:
        return BytesVideo(HOSTILE["noisy-media"][0]())


class TestWithAForkServer(TestVideoInAStorage):
    """With workers that are forked from a process that is kept, which is not what an extraction leaves behind."""

    @pytest.fixture
    @override
    async def extractor(self, tmp_path: Path) -> AsyncIterator[ProcessAudioExtractor]:
        self.traces = Traces(tmp_path / "scratch")
        self.folder = tmp_path
        self.kept = with_lame(tmp_path / "scratch", preload=["tracklift_adapters.lame.preloading"])
        await self.kept.prepare()
        yield self.kept
        await self.kept.close()
        assert self.traces.left() == []

    @override
    def left_behind(self) -> list[str]:
        kept = self.kept._pool.fork_server
        assert kept is not None
        own = f"process {kept.pid} "
        return [trace for trace in self.traces.left() if not trace.startswith(own)]
