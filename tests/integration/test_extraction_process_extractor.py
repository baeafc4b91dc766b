"""The extractor with engines in processes keeps the contract of extractors, wherever the video lies."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from typing_extensions import override

from tests.contracts.audio_extractor import AudioExtractorContract, ExtractedAudioContract
from tests.integration.extraction_engines import EXTRACTORS
from tests.integration.extraction_traces import Traces
from tests.media.hostile import HOSTILE
from tests.media.readers import BytesVideo, FileVideo
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_domain.extraction.ports import AudioExtractor
from tracklift_domain.media.ports import SeekableReader

pytestmark = [pytest.mark.media, pytest.mark.kill, pytest.mark.asyncio(loop_scope="module")]


class TestVideoInAFile(AudioExtractorContract):
    """With a video that lies in an ordinary file, and a worker that is forked from a process that is kept."""

    # Each run takes each engine and each place of the video, MoviePy below.
    @pytest.fixture(params=["lame", *thorough(["moviepy"])])
    @override
    def extractor(
        self,
        request: pytest.FixtureRequest,
        extractors: Mapping[str, ProcessAudioExtractor],
        shared_scratch: Path,
        tmp_path: Path,
    ) -> AudioExtractor:
        # From now on: the process that is kept is not what an extraction leaves behind.
        self.traces = Traces(shared_scratch)
        self.folder = tmp_path
        return extractors[request.param]

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


class InAStorage(ExtractedAudioContract):
    """With a video that only the application can read."""

    @override
    def video(self) -> SeekableReader:
        return BytesVideo(sample("index-at-end").read_bytes())

    @override
    def damaged_video(self) -> SeekableReader:
        return BytesVideo(HOSTILE["noisy-media"][0]())


class TestVideoInAStorage(InAStorage, TestVideoInAFile):
    """With a video that only the application can read, and a worker that is started."""

    # Each run shows in other files that a worker which is started converts.
    @pytest.fixture(params=thorough(["moviepy", "lame"]))
    @override
    def extractor(self, request: pytest.FixtureRequest, tmp_path: Path) -> AudioExtractor:
        self.traces = Traces(tmp_path / "scratch")
        self.folder = tmp_path
        return EXTRACTORS[request.param](tmp_path / "scratch")


class TestVideoInAStorageWithAForkServer(TestVideoInAStorage):
    """With a video that only the application can read, and a worker that is forked."""

    # Each run takes what MoviePy makes, below; the rest is the same code for it and LAME.
    @pytest.fixture(params=thorough(["moviepy", "lame"]))
    @override
    def extractor(
        self,
        request: pytest.FixtureRequest,
        extractors: Mapping[str, ProcessAudioExtractor],
        shared_scratch: Path,
        tmp_path: Path,
    ) -> AudioExtractor:
        self.traces = Traces(shared_scratch)
        self.folder = tmp_path
        return extractors[request.param]


class TestMoviePyWithAVideoInAStorage(InAStorage):
    """What it makes of a video that it has to copy into a file first."""

    @pytest.fixture
    @override
    def extractor(
        self, extractors: Mapping[str, ProcessAudioExtractor], shared_scratch: Path
    ) -> AudioExtractor:
        self.traces = Traces(shared_scratch)
        return extractors["moviepy"]

    @override
    def left_behind(self) -> list[str]:
        return self.traces.left()
