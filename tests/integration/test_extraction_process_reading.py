"""A worker reads a video through the application, which has the credentials, and neither can harm the other."""

import asyncio
import contextlib
import logging
import random
import threading
from pathlib import Path

import pytest
from typing_extensions import override

from tests.contracts.audio_extractor import a_plan, failure_of, ignore, made
from tests.integration.extraction_engines import extractor_with, with_moviepy
from tests.integration.extraction_traces import Traces
from tests.integration.scripted_engines import (
    Babbling,
    BabblingWithoutEnd,
    Copying,
    CopyingBackwards,
    Swallowing,
)
from tests.media.readers import BytesVideo
from tests.media.samples import sample
from tracklift_adapters.extraction_process.host.worker_pool import WorkerPool
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.ports import AudioEngine

pytestmark = [pytest.mark.kill, pytest.mark.asyncio(loop_scope="module")]

CONTENT = random.Random(5).randbytes(3_000_000)  # noqa: S311  # test data, no secret
THREAD = "video for a worker"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def traces(scratch: Path, forks: WorkerPool) -> Traces:
    """Look from now on, when the process is there from which workers are forked."""
    return Traces(scratch)


def serving_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


@pytest.mark.parametrize("engine", [Copying, CopyingBackwards])
async def test_a_worker_gets_every_byte(
    engine: type[AudioEngine], scratch: Path, forks: WorkerPool, traces: Traces
) -> None:
    """In order, and backwards."""
    _, content = await made(extractor_with(scratch, engine, forks=forks), BytesVideo(CONTENT), a_plan())

    assert content == CONTENT
    assert serving_threads() == []
    assert traces.left() == []


class FailingVideo(BytesVideo):
    """Its storage fails after some bytes."""

    def __init__(self, content: bytes, error: Exception, after: int = 1_000_000) -> None:
        super().__init__(content)
        self._error = error
        self._after = after

    @override
    def read(self, size: int = -1, /) -> bytes:
        if self.tell() >= self._after:
            raise self._error
        return super().read(size)


@pytest.mark.parametrize("engine", [Copying, CopyingBackwards, Swallowing])
async def test_an_outage_of_the_storage_is_raised_as_it_is(
    engine: type[AudioEngine], scratch: Path, forks: WorkerPool, traces: Traces
) -> None:
    """Also where the engine ignores it."""
    outage = ServiceUnavailableError("MongoDB", "it went away")

    with pytest.raises(ServiceUnavailableError) as raised:
        await made(extractor_with(scratch, engine, forks=forks), FailingVideo(CONTENT, outage), a_plan())

    assert raised.value is outage
    assert serving_threads() == []
    assert traces.left() == []


async def test_a_bug_of_the_reader_is_raised_as_it_is(
    scratch: Path, forks: WorkerPool, traces: Traces
) -> None:
    """It does not count as a damaged video."""
    with pytest.raises(ZeroDivisionError):
        await made(
            extractor_with(scratch, Copying, forks=forks),
            FailingVideo(CONTENT, ZeroDivisionError()),
            a_plan(),
        )

    assert serving_threads() == []
    assert traces.left() == []


class HangingVideo(BytesVideo):
    """Its storage hangs until it is released."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reading = threading.Event()
        self.go_on = threading.Event()
        self.touched_afterwards = False

    @override
    def read(self, size: int = -1, /) -> bytes:
        self.reading.set()
        self.go_on.wait()
        return b""

    @override
    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.touched_afterwards = self.reading.is_set()
        return offset


@pytest.mark.media
async def test_a_cancellation_does_not_wait_for_a_storage_that_hangs(
    scratch: Path, traces: Traces, caplog: pytest.LogCaptureFixture
) -> None:
    """The read is abandoned; once it returns, its thread ends without using the video."""
    video = HangingVideo(CONTENT)
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(made(with_moviepy(scratch), video, a_plan()))
    await asyncio.to_thread(video.reading.wait)

    cancelled_at = loop.time()
    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled()
    assert loop.time() - cancelled_at < 1
    assert "a read of a video is abandoned" in caplog.text
    assert traces.left() == []
    (thread,) = serving_threads()
    video.close()
    video.go_on.set()
    await asyncio.to_thread(thread.join)
    assert not video.touched_afterwards


async def test_a_storage_that_hangs_for_too_long_is_an_outage(
    scratch: Path, forks: WorkerPool, traces: Traces
) -> None:
    """The time for which the worker waits does not count as a stall."""
    video = HangingVideo(CONTENT)
    extractor = extractor_with(scratch, Copying, forks=forks, stall_timeout=60, read_timeout=1)

    with pytest.raises(ServiceUnavailableError, match="gave no byte"):
        await made(extractor, video, a_plan())

    assert traces.left() == []
    video.go_on.set()
    for thread in serving_threads():
        await asyncio.to_thread(thread.join)


async def test_a_thread_that_returns_after_the_loop_has_closed_ends(scratch: Path) -> None:
    """As when the application stops meanwhile."""
    video = HangingVideo(CONTENT)

    async def begin_and_cancel() -> None:
        task = asyncio.ensure_future(made(extractor_with(scratch, Copying), video, a_plan()))
        await asyncio.to_thread(video.reading.wait)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    await asyncio.to_thread(asyncio.run, begin_and_cancel())

    (thread,) = serving_threads()
    video.go_on.set()
    await asyncio.to_thread(thread.join)


@pytest.mark.parametrize("engine", [Babbling, BabblingWithoutEnd])
async def test_a_worker_that_sends_invalid_requests_is_ended(
    engine: type[AudioEngine],
    scratch: Path,
    forks: WorkerPool,
    traces: Traces,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It has decoded an untrusted file, which may have taken it over."""
    with caplog.at_level(logging.ERROR):
        found = await failure_of(extractor_with(scratch, engine, forks=forks), BytesVideo(CONTENT), a_plan())

    assert found is FailureCode.INTERNAL_ERROR
    assert "requested 65535 ranges" in caplog.text
    assert serving_threads() == []
    assert traces.left() == []


@pytest.mark.media
async def test_a_video_larger_than_any_mp3_is_copied_for_ffmpeg(scratch: Path, traces: Traces) -> None:
    """Only copies of videos may be that large."""
    content = sample("index-at-end").read_bytes() + b"\0\x40\0\0free" + bytes(4 * 2**20 - 8)

    audio, _ = await made(with_moviepy(scratch), BytesVideo(content), a_plan(longest=10))

    assert audio.decoded == pytest.approx(4, abs=0.001)
    assert traces.left() == []


async def test_leaving_the_context_leaves_the_reader_alone(scratch: Path, forks: WorkerPool) -> None:
    """The caller goes on using it, or closes it."""
    video = BytesVideo(CONTENT)
    async with extractor_with(scratch, Copying, forks=forks).extract(video, a_plan(), ignore):
        assert serving_threads() == []
        video.close()
