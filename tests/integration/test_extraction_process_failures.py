"""Each failure of the machine has its own code and leaves nothing behind, with every engine."""

import errno
import logging
from pathlib import Path

import pytest
from typing_extensions import override

from tests.contracts.audio_extractor import a_plan, failure_of, made
from tests.integration.extraction_engines import extractor_with, with_moviepy
from tests.integration.extraction_traces import Traces
from tests.integration.scripted_engines import Copying, OutOfSpace, Pointing
from tests.media.readers import BytesVideo, FileVideo
from tests.media.samples import sample
from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_adapters.extraction_process.protocol.limits import Limits
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode

pytestmark = [pytest.mark.media, pytest.mark.kill]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def traces(scratch: Path) -> Traces:
    return Traces(scratch)


async def test_a_full_disk_is_reported_while_copying(scratch: Path, traces: Traces) -> None:
    """Here the read fails as writing the copy would."""

    class FullDisk(BytesVideo):
        @override
        def read(self, size: int = -1, /) -> bytes:
            raise OSError(errno.ENOSPC, "No space left on device")

    extractor = with_moviepy(scratch)

    assert await failure_of(extractor, FullDisk(b"abc"), a_plan()) is FailureCode.OUT_OF_SPACE
    assert traces.left() == []


async def test_a_scratch_folder_that_is_a_file_is_an_internal_error(tmp_path: Path) -> None:
    """The operator has configured a wrong folder."""
    (tmp_path / "scratch").write_text("in the way")
    extractor = with_moviepy(tmp_path / "scratch")

    assert (
        await failure_of(extractor, FileVideo(sample("index-at-end")), a_plan()) is FailureCode.INTERNAL_ERROR
    )


async def test_a_video_that_is_shorter_than_declared_is_an_internal_error(
    scratch: Path, traces: Traces
) -> None:
    """Another attempt may succeed. It is not an outage, for which a conversion would wait without limit."""

    class Shortened(BytesVideo):
        @property
        @override
        def size(self) -> int:
            return super().size + 1

    found = await failure_of(with_moviepy(scratch), Shortened(b"abc"), a_plan())

    assert found is FailureCode.INTERNAL_ERROR
    assert traces.left() == []


async def test_too_little_memory_is_an_internal_error(scratch: Path, traces: Traces) -> None:
    """Neither ffmpeg nor the worker can run in sixty megabytes."""
    extractor = with_moviepy(scratch, limits=Limits(memory=60 * 2**20))

    found = await failure_of(extractor, FileVideo(sample("index-at-end")), a_plan())

    assert found is FailureCode.INTERNAL_ERROR
    assert traces.left() == []


async def test_a_full_disk_is_reported_by_every_engine(scratch: Path, traces: Traces) -> None:
    """Wherever the engine gets the kernel's error."""
    extractor = extractor_with(scratch, OutOfSpace)

    assert await failure_of(extractor, BytesVideo(b"abc"), a_plan()) is FailureCode.OUT_OF_SPACE
    assert traces.left() == []


async def test_a_file_that_grows_too_large_is_an_internal_error(scratch: Path, traces: Traces) -> None:
    """An MP3 of ten seconds is smaller than two megabytes. Only a copy of the video may be larger."""
    extractor = extractor_with(scratch, Copying)
    plan = a_plan(longest=10)

    assert await failure_of(extractor, BytesVideo(bytes(3 * 2**20)), plan) is FailureCode.INTERNAL_ERROR
    assert traces.left() == []


async def test_a_link_in_the_place_of_the_mp3_is_not_followed(scratch: Path, traces: Traces) -> None:
    """A worker that a video has taken over can't read the application's files that way."""
    assert (
        await failure_of(extractor_with(scratch, Pointing), BytesVideo(b"abc"), a_plan())
        is FailureCode.INTERNAL_ERROR
    )
    assert traces.left() == []


async def test_an_engine_that_is_missing_is_an_internal_error_with_its_cause_in_the_log(
    scratch: Path, traces: Traces, caplog: pytest.LogCaptureFixture
) -> None:
    """The user does not see names of modules."""
    extractor = ProcessAudioExtractor(scratch, engines=["tracklift_adapters.nowhere.engine:Engine"])

    with caplog.at_level(logging.WARNING), pytest.raises(ExtractionError) as raised:
        await made(extractor, BytesVideo(b"abc"), a_plan())

    assert raised.value.failure.code is FailureCode.INTERNAL_ERROR
    assert "nowhere" not in raised.value.failure.detail
    assert "No module named 'tracklift_adapters.nowhere'" in caplog.text
    assert traces.left() == []


async def test_a_worker_that_can_not_start_is_an_internal_error_with_its_cause_in_the_log(
    scratch: Path, traces: Traces, caplog: pytest.LogCaptureFixture
) -> None:
    """After a second one has failed, too."""
    extractor = with_moviepy(scratch, preload=["tracklift_adapters.nowhere"])

    with caplog.at_level(logging.ERROR):
        found = await failure_of(extractor, BytesVideo(b"abc"), a_plan())

    assert found is FailureCode.INTERNAL_ERROR
    assert "No module named 'tracklift_adapters.nowhere'" in caplog.text
    assert traces.left() == []
