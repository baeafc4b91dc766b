"""Each failure of MoviePy and its ffmpeg has its own code and leaves nothing behind."""

import logging
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contracts.audio_extractor import TRACK, UNDECLARED, a_plan, failure_of, made
from tests.integration.extraction_engines import (
    MoviePyWithoutFfmpeg,
    extractor_with,
    with_moviepy,
    with_script,
)
from tests.integration.extraction_traces import Traces
from tests.media import ffmpeg
from tests.media.readers import BytesVideo, FileVideo
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.extraction_process.host.worker_pool import WorkerPool
from tracklift_adapters.extraction_process.protocol.limits import Limits
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode

pytestmark = [pytest.mark.media, pytest.mark.kill, pytest.mark.asyncio(loop_scope="module")]

IN_TIME = 20
"""Seconds: most take one, but the machine may be busy."""
Script = Callable[[str], None]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def traces(scratch: Path, moviepy_forks: WorkerPool) -> Traces:
    """Look from now on, when the process is there from which workers are forked."""
    return Traces(scratch)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Make a program that takes ffmpeg's place; `$ffmpeg` is the true one."""

    def write(body: str) -> None:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\nffmpeg='{ffmpeg.program()}'\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return write


async def test_many_errors_do_not_block_ffmpeg(
    scratch: Path, moviepy_forks: WorkerPool, script: Script
) -> None:
    """Ten megabytes of messages are more than any pipe holds."""
    script(
        'case "$*" in *" -map 0:a:"*) yes "Error submitting packet to decoder" | head -c 10000000 >&2;; esac\n'
        'exec "$ffmpeg" "$@"'
    )

    audio, _ = await made(
        with_script(scratch, forks=moviepy_forks), FileVideo(sample("index-at-end")), a_plan()
    )

    assert audio.decoded == pytest.approx(4, abs=0.001)


async def test_an_extraction_that_stalls_times_out(
    scratch: Path, moviepy_forks: WorkerPool, traces: Traces, script: Script
) -> None:
    """The decoder runs, and outputs nothing."""
    script('case "$*" in *" -map 0:a:"*) exec sleep 1000;; esac\nexec "$ffmpeg" "$@"')
    extractor = with_script(scratch, forks=moviepy_forks, stall_timeout=3)

    with pytest.raises(ExtractionError) as raised:
        await made(extractor, FileVideo(sample("index-at-end")), a_plan())

    assert raised.value.failure.code is FailureCode.TIMED_OUT
    assert "3 seconds" in raised.value.failure.detail
    assert traces.left() == []


@pytest.mark.parametrize("side", ["decoder", *thorough(["encoder"])])
async def test_an_extraction_that_exceeds_its_processor_time_times_out(
    side: str, scratch: Path, moviepy_forks: WorkerPool, traces: Traces, script: Script
) -> None:
    """The kernel ends it, whatever it does."""
    mark = {"decoder": " -map 0:a:", "encoder": "libmp3lame"}[side]
    script(f'case "$*" in *"{mark}"*) while :; do :; done;; esac\nexec "$ffmpeg" "$@"')
    limits = Limits(cpu_seconds=1, cpu_seconds_per_second=0)
    extractor = with_script(scratch, forks=moviepy_forks, limits=limits)

    assert (
        await failure_of(extractor, FileVideo(sample("index-at-end")), a_plan(UNDECLARED))
        is FailureCode.TIMED_OUT
    )
    assert traces.left() == []


async def test_a_full_disk_is_reported_while_encoding(
    scratch: Path, moviepy_forks: WorkerPool, traces: Traces, script: Script
) -> None:
    """The MP3 is written to a device that is always full."""
    script(
        'case "$*" in *libmp3lame*)\n'
        '    n=$#\n    while [ "$n" -gt 1 ]; do set -- "$@" "$1"; shift; n=$((n-1)); done\n    shift\n'
        '    exec "$ffmpeg" "$@" -f mp3 /dev/full;;\n'
        'esac\nexec "$ffmpeg" "$@"'
    )
    extractor = with_script(scratch, forks=moviepy_forks)

    found = await failure_of(extractor, FileVideo(sample("index-at-end")), a_plan(UNDECLARED))

    assert found is FailureCode.OUT_OF_SPACE
    assert traces.left() == []


async def test_a_video_in_the_storage_makes_the_same_mp3(
    scratch: Path, moviepy_forks: WorkerPool, traces: Traces
) -> None:
    """It is copied into a file first."""
    path = sample("index-at-end")
    extractor = with_moviepy(scratch, forks=moviepy_forks)

    in_storage = await made(extractor, BytesVideo(path.read_bytes()), a_plan())

    assert in_storage[1] == (await made(extractor, FileVideo(path), a_plan()))[1]
    assert traces.left() == []


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "body",
    [
        'case "$*" in *" -map 0:a:"*) kill -SEGV $$;; esac\nexec "$ffmpeg" "$@"',
        'case "$*" in *libmp3lame*) kill -SEGV $$;; esac\nexec "$ffmpeg" "$@"',
        'case "$*" in *libmp3lame*) exit 3;; esac\nexec "$ffmpeg" "$@"',
        'case "$*" in *libmp3lame*) cat > /dev/null; exit 3;; esac\nexec "$ffmpeg" "$@"',
        'case "$*" in *" -map 0:a:"*) kill -KILL $PPID; exec sleep 1000;; esac\nexec "$ffmpeg" "$@"',
        'case "$*" in *" -map 0:a:"*) kill -STOP $PPID; kill -KILL $PPID;; esac\nexec "$ffmpeg" "$@"',
    ],
    ids=[
        "decoder-crashes",
        "encoder-crashes",
        "encoder-fails-at-once",
        "encoder-fails-at-the-end",
        "worker-is-killed",
        "worker-is-stopped-and-killed",
    ],
)
async def test_a_program_that_dies_is_an_internal_error(
    body: str, scratch: Path, moviepy_forks: WorkerPool, traces: Traces, script: Script
) -> None:
    """The user is asked to try again later, and no other process is left."""
    script(body)
    extractor = with_script(scratch, forks=moviepy_forks)

    found = await failure_of(extractor, FileVideo(sample("index-at-end")), a_plan(UNDECLARED))

    assert found is FailureCode.INTERNAL_ERROR
    assert traces.left() == []


async def test_a_missing_ffmpeg_is_an_internal_error_with_its_cause_in_the_log(
    scratch: Path, moviepy_forks: WorkerPool, traces: Traces, caplog: pytest.LogCaptureFixture
) -> None:
    """The user does not see paths."""
    extractor = extractor_with(scratch, MoviePyWithoutFfmpeg, forks=moviepy_forks)

    with caplog.at_level(logging.WARNING), pytest.raises(ExtractionError) as raised:
        await made(extractor, FileVideo(sample("index-at-end")), a_plan())

    assert raised.value.failure.code is FailureCode.INTERNAL_ERROR
    assert "no-such-program" not in raised.value.failure.detail
    assert "no-such-program" in caplog.text
    assert traces.left() == []


async def test_the_worker_gets_no_secrets(
    scratch: Path, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What decodes untrusted files does not see the application's environment."""
    monkeypatch.setenv("TRACKLIFT_TOKEN_SECRET", "hush")
    script(f'env >> "{tmp_path}/environment"\nexec "$ffmpeg" "$@"')

    await made(with_script(scratch), FileVideo(sample("index-at-end")), a_plan(TRACK, end=1))

    environment = (tmp_path / "environment").read_text()
    assert "SAFE_FFMPEG_TRACK=0" in environment
    assert "hush" not in environment
