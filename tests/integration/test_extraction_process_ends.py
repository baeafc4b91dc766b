"""Extractions that are cancelled or killed leave no process behind."""

import asyncio
import contextlib
import os
import select
import signal
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from tests.contracts.audio_extractor import TRACK, UNDECLARED, a_plan, bytes_of, ignore, made
from tests.integration.extraction_engines import extractor_with, name_of, with_moviepy
from tests.integration.extraction_traces import Traces
from tests.integration.scripted_engines import Copying
from tests.media.readers import BytesVideo, FileVideo
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.extraction_process.host.job_folder import PREFIX, sweep_jobs
from tracklift_adapters.extraction_process.protocol.job import Job, encode_job
from tracklift_adapters.extraction_process.protocol.messages import Started, decode_message
from tracklift_adapters.moviepy.engine import MoviePyAudioEngine
from tracklift_domain.extraction.progress import Progress

pytestmark = [pytest.mark.media, pytest.mark.kill]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def traces(scratch: Path) -> Traces:
    return Traces(scratch)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def reap(processes: set[int]) -> None:
    """Reap processes that this one inherited, as the first one of a container would."""
    for pid in processes:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.4, 0.9, *thorough([0.01, 0.05, 0.2, 0.3, 0.6])])
async def test_a_cancellation_at_any_time_leaves_nothing(delay: float, scratch: Path, traces: Traces) -> None:
    """While the folder is created, and while the worker starts, imports, decodes and encodes."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(
        made(with_moviepy(scratch), FileVideo(sample("three-minutes")), a_plan(UNDECLARED))
    )
    await asyncio.wait({task}, timeout=delay)

    cancelled_at = loop.time()
    task.cancel()
    await asyncio.wait({task})

    assert loop.time() - cancelled_at < 1
    assert traces.left() == []


async def test_a_second_cancellation_does_not_disturb_the_first(scratch: Path, traces: Traces) -> None:
    """As when a user cancels again and again."""
    working = asyncio.Event()
    task = asyncio.ensure_future(
        made(
            with_moviepy(scratch),
            FileVideo(sample("three-minutes")),
            a_plan(UNDECLARED),
            lambda _: working.set(),
        )
    )
    await working.wait()

    while not task.done():
        task.cancel()
        await asyncio.sleep(0)

    assert task.cancelled()
    assert traces.left() == []


async def test_a_cancellation_while_the_video_is_copied_waits_for_the_read_in_progress(
    scratch: Path, traces: Traces
) -> None:
    """The caller closes the video next, so no thread may still be reading it."""
    reading, go_on = threading.Event(), threading.Event()

    class SlowVideo(BytesVideo):
        @override
        def read(self, size: int = -1, /) -> bytes:
            reading.set()
            go_on.wait()
            return super().read(1)

    video = SlowVideo(bytes(1000))
    task = asyncio.ensure_future(made(with_moviepy(scratch), video, a_plan()))
    await asyncio.to_thread(reading.wait)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()

    go_on.set()

    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert video.tell() < 1000
    assert traces.left() == []


EXTRACTING = """
import asyncio, sys
from pathlib import Path
from tests.media.readers import FileVideo
from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.video_traits import VideoTraits

async def main():
    engine = "tracklift_adapters.moviepy.engine:MoviePyAudioEngine"
    extractor = ProcessAudioExtractor(Path(sys.argv[1]), engines=[engine])
    track = AudioTrack(codec="mp4a", sample_rate=44100, channels=2, duration=None)
    plan = plan_extraction(VideoTraits(audio_tracks=(track,)), AudioOptions(normalize=True), longest=3600)
    async with extractor.extract(FileVideo(Path(sys.argv[2])), plan, lambda _: print("working", flush=True)):
        print("done", flush=True)

asyncio.run(main())
"""


async def start_application(scratch: Path) -> asyncio.subprocess.Process:
    """Start another process that extracts, and wait until it reports progress."""
    application = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        EXTRACTING,
        str(scratch),
        str(sample("one-hour")),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert application.stdout is not None
    assert await application.stdout.readline() == b"working\n"
    return application


async def wait_for_end(pid: int) -> None:
    """Wait until a process that need not be a child has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        await asyncio.to_thread(select.select, [descriptor], [], [], 10)
    finally:
        os.close(descriptor)


async def end(application: asyncio.subprocess.Process, force: int, traces: Traces) -> None:
    """End another process by a signal, and wait until all processes that it started have ended."""
    working = set(traces.processes())
    application.send_signal(force)
    await application.communicate()
    for pid in working:
        await wait_for_end(pid)
    reap(working)


@pytest.mark.parametrize("force", [signal.SIGKILL, *thorough([signal.SIGTERM, signal.SIGINT])])
async def test_the_worker_dies_with_the_application(force: int, scratch: Path, traces: Traces) -> None:
    """Only a folder is left, which the next start removes."""
    application = await start_application(scratch)
    assert len(traces.processes()) >= 3  # the worker, a decoder, an encoder or a meter

    await end(application, force, traces)

    assert traces.processes() == []
    left = names_in(scratch)
    assert await with_moviepy(scratch).sweep_jobs() == len(left)
    assert names_in(scratch) == set()


async def start_worker(folder: Path, parent: int) -> asyncio.subprocess.Process:
    """Start a worker as the application does, and send it a job of an hour of audio."""
    plan = a_plan(replace(TRACK, sample_rate=8000, channels=1, duration=3600.0))
    video = sample("one-hour")
    engines = (name_of(MoviePyAudioEngine),)
    job = Job(engines=engines, video=str(video), size=video.stat().st_size, folder=str(folder), plan=plan)
    connection, other_end = socket.socketpair()
    with connection, other_end:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tracklift_adapters.extraction_process.worker",
            str(parent),
            str(other_end.fileno()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[other_end.fileno()],
            start_new_session=True,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
        )
    assert worker.stdin is not None
    worker.stdin.write(encode_job(job))
    return worker


@pytest.fixture
def folder(scratch: Path) -> Path:
    scratch.mkdir()
    return scratch


async def test_a_worker_dies_when_its_standard_input_ends(folder: Path, traces: Traces) -> None:
    """That is how it detects the application's end if its parent is another process."""
    worker = await start_worker(folder, os.getpid())
    assert worker.stdin is not None
    assert worker.stdout is not None
    assert decode_message(await worker.stdout.readline()) == Started()
    assert isinstance(decode_message(await worker.stdout.readline()), Progress)
    working = set(traces.processes())
    assert len(working) == 3

    worker.stdin.close()

    assert await worker.wait() == -signal.SIGKILL
    for pid in working:
        await wait_for_end(pid)
    assert traces.processes() == []
    reap(working)


async def test_a_worker_exits_if_the_application_has_ended_already(folder: Path, traces: Traces) -> None:
    """Its parent is another process than its argument says, or has sent no job."""
    worker = await start_worker(folder, parent=1)
    answer, _ = await worker.communicate()
    assert answer == b""
    assert worker.returncode == 1

    connection, other_end = socket.socketpair()
    with connection, other_end:
        silent = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tracklift_adapters.extraction_process.worker",
            str(os.getpid()),
            str(other_end.fileno()),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=[other_end.fileno()],
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert await silent.wait() == 1
    assert traces.processes() == []


async def test_a_sweep_leaves_what_is_in_use(scratch: Path, traces: Traces) -> None:
    """Here and in another process."""
    application = await start_application(scratch)
    # It need not compute meanwhile.
    working = traces.processes()
    for pid in working:
        os.kill(pid, signal.SIGSTOP)
    extractor = extractor_with(scratch, Copying)
    async with extractor.extract(FileVideo(sample("index-at-end")), a_plan(), ignore) as audio:
        assert sweep_jobs(scratch) == 0

        assert len(await bytes_of(audio)) == audio.size
        assert len(names_in(scratch)) == 2
    for pid in working:
        os.kill(pid, signal.SIGCONT)
    await end(application, signal.SIGKILL, traces)
    assert sweep_jobs(scratch) == 1


async def test_a_sweep_leaves_what_is_not_a_jobs_folder(scratch: Path, tmp_path: Path) -> None:
    """Other folders, files of that name, and links to elsewhere."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("keep")
    (scratch / "other").mkdir(parents=True)
    (scratch / f"{PREFIX}file").write_text("keep")
    (scratch / f"{PREFIX}link").symlink_to(precious)
    (scratch / f"{PREFIX}abandoned").mkdir()
    (scratch / f"{PREFIX}abandoned" / "video.mp4").write_text("leave")

    assert sweep_jobs(scratch) == 1

    assert names_in(scratch) == {"other", f"{PREFIX}file", f"{PREFIX}link"}
    assert (precious / "file").exists()
    assert sweep_jobs(tmp_path / "nowhere") == 0


async def test_a_folder_is_for_its_owner_only(scratch: Path) -> None:
    """Other users of the machine can't read the videos."""
    extractor = extractor_with(scratch, Copying)
    async with extractor.extract(FileVideo(sample("index-at-end")), a_plan(), ignore):
        (name,) = names_in(scratch)
        assert (scratch / name).stat().st_mode & 0o777 == 0o700
