"""Workers are forked from a fork server. Where that is broken, they are started, and no extraction is lost."""

import asyncio
import contextlib
import errno
import os
import resource
import select
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from typing_extensions import override

from tests.contracts.audio_extractor import a_plan, failure_of, made
from tests.integration.extraction_engines import extractor_with, place_of_work
from tests.integration.extraction_traces import Traces, await_death, reap, wait_for_end
from tests.integration.prewarming_module import COUNT
from tests.integration.scripted_engines import Copying, Ending, Telling
from tests.media.readers import BytesVideo, FileVideo
from tests.selection import thorough
from tracklift_adapters.extraction_process.host import fork_server_process
from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor
from tracklift_adapters.extraction_process.host.worker_pool import WorkerPool
from tracklift_adapters.extraction_process.host.worker_process import Worker
from tracklift_adapters.extraction_process.protocol.job import Job
from tracklift_adapters.extraction_process.protocol.limits import Limits
from tracklift_domain.extraction.failure import FailureCode

pytestmark = [pytest.mark.kill, pytest.mark.asyncio(loop_scope="module")]

CONTENT = bytes(100_000)
PRELOADED = "tests.integration.scripted_engines"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def traces(scratch: Path, forks: WorkerPool) -> Traces:
    """Look from now on, when the fork server is there that several tests share."""
    return Traces(scratch)


@pytest.fixture
def sharing(scratch: Path, forks: WorkerPool, traces: Traces) -> Iterator[ProcessAudioExtractor]:
    """Give an extractor for a test in which nothing happens to its fork server, which stays, and nothing else."""
    assert forks.fork_server is not None
    server = forks.fork_server.pid
    yield extractor_with(scratch, Telling, forks=forks)
    assert forks.fork_server is not None
    assert forks.fork_server.pid == server
    assert traces.left() == []


@pytest_asyncio.fixture(loop_scope="module")
async def extractor(scratch: Path, traces: Traces) -> AsyncIterator[ProcessAudioExtractor]:
    """Give an extractor with a fork server; in the end nothing is left."""
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED])
    await extractor.prepare()
    yield extractor
    await extractor.close()
    assert traces.left() == []


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a fork server waited for on a loaded machine, too: one that takes half a second for a fork is replaced."""
    monkeypatch.setattr(fork_server_process, "_FORK_TIMEOUT", 60)


async def server_of(extractor: ProcessAudioExtractor) -> int:
    """Wait until the fork server is ready, and give its process id."""
    await extractor.prepare()
    assert extractor._pool.fork_server is not None
    return extractor._pool.fork_server.pid


async def started(scratch: Path) -> None:
    """Wait until an extraction has its folder and requests a worker."""
    while not folders(scratch):
        await asyncio.sleep(0)


def folders(scratch: Path) -> list[Path]:
    return list(scratch.glob("*"))


async def test_each_extraction_has_a_fork_of_its_own_and_the_fork_server_stays(
    sharing: ProcessAudioExtractor,
) -> None:
    """It has the command line of the fork server, and this process is its parent."""
    server = await server_of(sharing)

    places = [await place_of_work(sharing) for _ in range(3)]

    assert len({place["process"] for place in places} | {server, os.getpid()}) == 5
    assert {"extraction_process.fork_server" in place["command"] for place in places} == {True}
    assert {place["parent"] for place in places} == {os.getpid()}
    assert {place["group"] == place["session"] == place["process"] for place in places} == {True}


async def test_no_fork_server_is_started_without_being_prepared(scratch: Path, traces: Traces) -> None:
    """A command that converts one file does not need it."""
    await place_of_work(extractor_with(scratch, Telling))

    assert traces.left() == []


async def test_a_fork_is_as_bound_as_a_worker_that_was_started(
    scratch: Path, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the same limits, and no secret, thread or open file more."""
    monkeypatch.setenv("TRACKLIFT_TOKEN_SECRET", "hush")
    limits = Limits(memory=3 * 2**30, open_files=50, cpu_seconds=100, cpu_seconds_per_second=2)
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED], limits=limits)
    fresh = await place_of_work(extractor)
    await extractor.prepare()

    fork = await place_of_work(extractor)

    assert ("fork_server" in fork["command"], "fork_server" in fresh["command"]) == (True, False)
    folder = fork["folder"]
    assert Path(folder).parent == scratch
    environment = fork["environment"]
    assert environment["HOME"] == environment["TMPDIR"] == folder
    assert "hush" not in environment.values()
    assert set(environment) == set(fresh["environment"])
    assert fork["limits"] == fresh["limits"]
    assert fork["limits"]["RLIMIT_AS"] == [3 * 2**30] * 2
    assert fork["limits"]["RLIMIT_NOFILE"] == [50, 50]
    assert fork["limits"]["RLIMIT_CPU"] == [100 + 2 * 3600, 105 + 2 * 3600]
    assert fork["limits"]["RLIMIT_CORE"] == [0, 0]
    assert fork["files"] == fresh["files"]
    assert fork["threads"] == fresh["threads"]
    await extractor.close()
    assert traces.left() == []


async def test_a_fork_server_prewarms_its_forks(scratch: Path, traces: Traces) -> None:
    """A worker that is started for one video is not prewarmed: that would only cost time."""
    module = "tests.integration.prewarming_module"
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED, module])
    fresh = await place_of_work(extractor)
    await extractor.prepare()

    forks = [await place_of_work(extractor) for _ in range(2)]

    assert COUNT not in fresh["environment"]
    assert [fork["environment"][COUNT] for fork in forks] == ["1", "1"]
    await extractor.close()
    assert traces.left() == []


async def test_the_c_library_caches_the_thread_id_of_a_fork(sharing: ProcessAudioExtractor) -> None:
    """With a stale one it would send signals to the fork server."""
    place = await place_of_work(sharing)

    assert place["cached thread id"] == place["process"]


# Each run has several extractions that find it frozen.
@pytest.mark.parametrize("force", [signal.SIGKILL, *thorough([signal.SIGSTOP])])
async def test_a_fork_server_that_is_dead_or_frozen_loses_no_extraction(
    force: int, extractor: ProcessAudioExtractor, traces: Traces, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker is started, the fork server is replaced, and one warning is logged."""
    broken = await server_of(extractor)
    os.kill(broken, force)
    if force == signal.SIGKILL:
        await_death(broken)

    place = await place_of_work(extractor)

    assert "fork_server" not in place["command"]
    assert await server_of(extractor) != broken
    assert "fork_server" in (await place_of_work(extractor))["command"]
    assert traces.children() == [await server_of(extractor)]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"Fork server {broken} is discarded" in caplog.text


async def test_extractions_at_once_survive_a_frozen_fork_server(
    extractor: ProcessAudioExtractor, traces: Traces
) -> None:
    """The first one that notices discards the fork server; the others notice, too."""
    os.kill(await server_of(extractor), signal.SIGSTOP)

    places = await asyncio.gather(*(place_of_work(extractor) for _ in range(3)))

    assert len({place["process"] for place in places}) == 3
    assert traces.children() == [await server_of(extractor)]


async def test_a_cancellation_with_a_frozen_fork_server_takes_less_than_a_second(
    extractor: ProcessAudioExtractor, scratch: Path
) -> None:
    """By then it is known whether there is a worker."""
    loop = asyncio.get_running_loop()
    os.kill(await server_of(extractor), signal.SIGSTOP)
    task = asyncio.ensure_future(made(extractor, BytesVideo(CONTENT), a_plan()))
    await started(scratch)

    cancelled_at = loop.time()
    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled()
    assert loop.time() - cancelled_at < 1


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("turns", [5, 20, 80, *thorough([10, 40])])
async def test_a_cancellation_while_a_worker_is_forked_leaves_the_fork_server_only(
    turns: int, sharing: ProcessAudioExtractor, scratch: Path, traces: Traces
) -> None:
    """The fork exists by then, or never will."""
    task = asyncio.ensure_future(made(sharing, BytesVideo(CONTENT), a_plan()))
    await started(scratch)
    for _ in range(turns):
        await asyncio.sleep(0)

    task.cancel()
    await asyncio.wait({task})

    assert traces.children() == []
    assert folders(scratch) == []


async def test_extractions_outlive_their_fork_server(
    scratch: Path, traces: Traces, extractor: ProcessAudioExtractor
) -> None:
    """Once a worker is forked, it does not depend on the fork server."""
    go_on, reading = threading.Event(), threading.Event()

    class SlowVideo(BytesVideo):
        @override
        def read(self, size: int = -1, /) -> bytes:
            reading.set()
            go_on.wait()
            return super().read(size)

    copying = extractor_with(scratch, Copying, preload=[PRELOADED])
    server = await server_of(copying)
    task = asyncio.ensure_future(made(copying, SlowVideo(CONTENT), a_plan()))
    await asyncio.to_thread(reading.wait)

    os.kill(server, signal.SIGKILL)
    await wait_for_end(server)
    go_on.set()

    assert (await task)[1] == CONTENT
    await copying.close()
    assert traces.children() == [await server_of(extractor)]


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("tests.integration.threaded_module", "there are 2 threads"),
        *thorough([("tests.integration.refused_fork", f"{os.strerror(errno.ENOSYS)}")]),
    ],
)
async def test_a_fork_server_that_can_not_fork_loses_no_extraction(
    module: str, reason: str, scratch: Path, traces: Traces, caplog: pytest.LogCaptureFixture
) -> None:
    """The kernel refuses, or a module has started threads, whose locks would stay locked in the forks."""
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED, module])
    await server_of(extractor)

    assert "fork_server" not in (await place_of_work(extractor))["command"]

    assert "The fork server can't fork: " in caplog.text
    assert reason in caplog.text
    await extractor.close()
    assert traces.left() == []


async def test_a_fork_server_whose_forks_do_not_start_is_discarded(
    extractor: ProcessAudioExtractor, traces: Traces
) -> None:
    """As when its memory is limited."""
    server = await server_of(extractor)
    resource.prlimit(server, resource.RLIMIT_AS, (1, resource.RLIM_INFINITY))

    assert "fork_server" not in (await place_of_work(extractor))["command"]

    assert await server_of(extractor) != server
    assert "fork_server" in (await place_of_work(extractor))["command"]
    assert traces.children() == [await server_of(extractor)]


async def test_a_fork_that_hangs_before_it_starts_is_killed_with_the_fork_server(
    scratch: Path, traces: Traces
) -> None:
    """It is still in the fork server's process group, and its process id is not known yet."""
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED, "tests.integration.hanging_fork"])
    await server_of(extractor)

    assert "fork_server" not in (await place_of_work(extractor))["command"]

    await extractor.close()
    assert traces.left() == []


@pytest.mark.usefixtures("sharing")
async def test_a_job_that_ends_its_process_is_not_run_again(scratch: Path, forks: WorkerPool) -> None:
    """What kills one worker would kill the next. The fork server is not affected."""
    extractor = extractor_with(scratch, Ending, forks=forks)

    assert await failure_of(extractor, BytesVideo(CONTENT), a_plan()) is FailureCode.INTERNAL_ERROR


async def test_a_fork_that_dies_before_the_job_reaches_it_is_replaced(
    extractor: ProcessAudioExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a worker that is started as a new process."""
    send_job = Worker.send_job
    killed: list[int] = []

    def kill_first(worker: Worker, job: Job) -> None:
        if not killed:
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)
            await_death(worker.pid)
        send_job(worker, job)

    await server_of(extractor)
    monkeypatch.setattr(Worker, "send_job", kill_first)

    place = await place_of_work(extractor)

    assert place["process"] not in killed
    assert "fork_server" not in place["command"]


@pytest.mark.usefixtures("sharing")
async def test_a_fork_that_hangs_times_out_as_any_worker(
    scratch: Path, forks: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed, although it ignores SIGTERM."""
    extractor = extractor_with(scratch, Telling, forks=forks, stall_timeout=1)
    send_job = Worker.send_job

    def freeze(worker: Worker, job: Job) -> None:
        os.kill(worker.pid, signal.SIGSTOP)
        send_job(worker, job)

    monkeypatch.setattr(Worker, "send_job", freeze)

    assert await failure_of(extractor, BytesVideo(CONTENT), a_plan()) is FailureCode.TIMED_OUT


async def test_extractions_at_once_are_all_forked(sharing: ProcessAudioExtractor) -> None:
    """The fork server forks one for each."""
    places = await asyncio.gather(*(place_of_work(sharing) for _ in range(4)))

    assert len({place["process"] for place in places}) == 4
    assert {"fork_server" in place["command"] for place in places} == {True}


async def test_preparing_twice_keeps_one_fork_server(
    extractor: ProcessAudioExtractor, traces: Traces
) -> None:
    """Also at the same time."""
    await asyncio.gather(extractor.prepare(), extractor.prepare())

    assert traces.children() == [await server_of(extractor)]


async def test_a_worker_has_imported_what_it_was_told(scratch: Path) -> None:
    """And no large library that the named modules do not import."""
    extractor = extractor_with(scratch, Telling, preload=["tracklift_adapters.moviepy.engine", "wave"])
    modules = (await place_of_work(extractor))["modules"]

    assert {"tracklift_adapters.moviepy.engine", "wave"} <= set(modules)
    assert not {"numpy", "moviepy", "imageio_ffmpeg", "av"} & set(modules)


async def test_closing_ends_the_fork_server_and_extractions_go_on_without_it(
    extractor: ProcessAudioExtractor, traces: Traces
) -> None:
    """Closing again is not an error."""
    await server_of(extractor)
    await extractor.close()
    await extractor.close()
    assert traces.left() == []

    assert "fork_server" not in (await place_of_work(extractor))["command"]

    assert traces.left() == []


async def test_closing_while_the_fork_server_is_started_leaves_nothing(scratch: Path, traces: Traces) -> None:
    """At several points of its start."""
    for turns in range(1, 7):
        extractor = extractor_with(scratch, Telling, preload=[PRELOADED])
        preparing = asyncio.ensure_future(extractor.prepare())
        for _ in range(turns):
            await asyncio.sleep(0)

        await extractor.close()

        await preparing
        assert traces.left() == []


async def test_a_cancellation_of_the_preparation_leaves_the_fork_server_to_be_closed(
    scratch: Path, traces: Traces
) -> None:
    """The caller that cancels closes next."""
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED])
    preparing = asyncio.ensure_future(extractor.prepare())
    await asyncio.sleep(0)
    preparing.cancel()
    await asyncio.wait({preparing})

    await extractor.close()

    assert traces.left() == []


async def test_a_fork_server_that_can_not_be_started_is_no_reason_to_fail(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """If no worker can be started either, the next extraction fails."""
    extractor = extractor_with(scratch, Telling)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        await extractor.prepare()
        assert await failure_of(extractor, BytesVideo(CONTENT), a_plan()) is FailureCode.INTERNAL_ERROR
    assert "No fork server could be started" in caplog.text

    assert await place_of_work(extractor)
    await extractor.close()


PREPARED = """
import asyncio, sys
from pathlib import Path
from tracklift_adapters.extraction_process.host.extractor import ProcessAudioExtractor

async def main():
    extractor = ProcessAudioExtractor(Path(sys.argv[1]), engines=[])
    await extractor.prepare()
    print(extractor._pool.fork_server.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.each_value_once
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("force", [signal.SIGKILL, signal.SIGTERM, *thorough([signal.SIGINT])])
async def test_a_fork_server_dies_with_the_application(
    force: int, scratch: Path, traces: Traces, *, frozen: bool
) -> None:
    """However the application ends, and also where the fork server hangs."""
    application = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PREPARED,
        str(scratch),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert application.stdout is not None
    pid = int(await application.stdout.readline())
    server = os.pidfd_open(pid)
    if frozen:
        os.kill(pid, signal.SIGSTOP)

    application.send_signal(force)
    await application.communicate()

    ended, _, _ = await asyncio.to_thread(select.select, [server], [], [], 10)
    os.close(server)
    assert ended
    reap(traces.children())
    assert traces.left() == []


def open_descriptors() -> set[tuple[str, str]]:
    """Give numbers and targets; one of them lists the folder and is gone at once."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add((descriptor.name, str(descriptor.readlink())))
    return found


async def test_fifty_extractions_leave_no_descriptor_thread_or_process(
    scratch: Path, traces: Traces, tmp_path: Path
) -> None:
    """Some read a file, some through the application; some fail, some are cancelled."""
    extractor = extractor_with(scratch, Copying, preload=[PRELOADED])
    path = tmp_path / "video.mp4"
    path.write_bytes(CONTENT)
    await made(extractor, FileVideo(path), a_plan())
    descriptors, threads = open_descriptors(), set(threading.enumerate())
    await extractor.prepare()

    for number in range(50):
        video = [FileVideo(path), BytesVideo(CONTENT), FileVideo(tmp_path / "video.mp4")][number % 3]
        task = asyncio.ensure_future(made(extractor, video, a_plan()))
        if number % 5 == 4:
            await asyncio.wait({task}, timeout=number / 500)
            task.cancel()
            await asyncio.wait({task})
        else:
            assert (await task)[1] == CONTENT

    await extractor.close()
    assert traces.left() == []
    assert open_descriptors() <= descriptors
    # The loop's own threads are bounded: those for blocking calls, and on Python 3.11 one for each child that lives.
    left = [thread.name for thread in set(threading.enumerate()) - threads]
    assert [name for name in left if not name.startswith(("asyncio_", "waitpid-"))] == []
