"""A process is kept ready for the next extraction, never more than one, and none that nobody needs."""

import asyncio
import contextlib
import json
import logging
import os
import select
import signal
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.audio_extractor import a_plan, failure_of, made
from tests.integration.extraction_engines import extractor_with
from tests.integration.extraction_traces import Traces
from tests.integration.scripted_engines import Copying, Ending, Telling
from tests.media.readers import BytesVideo, FileVideo
from tracklift_adapters.extraction_process.extractor import ProcessAudioExtractor
from tracklift_adapters.extraction_process.limits import Limits
from tracklift_adapters.extraction_process.worker_process import Worker
from tracklift_domain.conversion.failure import FailureCode

pytestmark = pytest.mark.kill

CONTENT = bytes(100_000)
PRELOADED = "tests.integration.scripted_engines"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def traces(scratch: Path) -> Traces:
    return Traces(scratch)


@pytest.fixture
async def extractor(scratch: Path, traces: Traces) -> AsyncIterator[ProcessAudioExtractor]:
    """Have an extractor with a spare; in the end there is nothing."""
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED])
    await extractor.prepare()
    yield extractor
    await extractor.close()
    assert traces.left() == []


async def spare_of(extractor: ProcessAudioExtractor) -> int:
    """Wait until the spare is there and give its process."""
    await extractor.prepare()
    assert extractor._supply.spare is not None
    return extractor._supply.spare.pid


async def place_of_work(extractor: ProcessAudioExtractor) -> dict[str, Any]:
    """Extract, and give what the engine tells about its process."""
    _, content = await made(extractor, BytesVideo(CONTENT), a_plan())
    place: dict[str, Any] = json.loads(content)
    return place


def kill(process: int) -> None:
    """Kill a child and wait until it is dead, which the event loop has not heard of then."""
    os.kill(process, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)


def bury(processes: list[int]) -> None:
    """Take note of the end of processes that this one inherited, as the first one of a container would."""
    for process in processes:
        os.waitpid(process, 0)


async def test_an_extraction_takes_the_spare_and_the_next_one_its_successor(
    extractor: ProcessAudioExtractor, traces: Traces
) -> None:
    """Each does one job."""
    first = await spare_of(extractor)
    assert traces.children() == [first]

    assert (await place_of_work(extractor))["process"] == first
    second = await spare_of(extractor)
    assert (await place_of_work(extractor))["process"] == second

    assert first != second
    assert traces.children() == [await spare_of(extractor)]


async def test_nothing_is_kept_ready_unless_somebody_asks(scratch: Path, traces: Traces) -> None:
    """Who converts one file has no use for it."""
    await place_of_work(extractor_with(scratch, Telling))

    assert traces.left() == []


async def test_a_spare_learns_its_place_and_its_limits_with_the_job(
    scratch: Path, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is as bound as one that was started for the job, and knows as little of secrets."""
    monkeypatch.setenv("TRACKLIFT_TOKEN_SECRET", "hush")
    limits = Limits(memory=3 * 2**30, open_files=50, cpu_seconds=100, cpu_seconds_per_second=2)
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED], limits=limits)
    fresh = await place_of_work(extractor)
    expected = await spare_of(extractor)

    spare = await place_of_work(extractor)

    assert spare["process"] == expected
    folder = spare["folder"]
    assert Path(folder).parent == scratch
    environment = spare["environment"]
    assert environment["HOME"] == environment["TMPDIR"] == folder
    assert "hush" not in environment.values()
    assert set(environment) == set(fresh["environment"])
    assert spare["limits"] == fresh["limits"]
    assert spare["limits"]["RLIMIT_AS"] == [3 * 2**30] * 2
    assert spare["limits"]["RLIMIT_NOFILE"] == [50, 50]
    assert spare["limits"]["RLIMIT_CPU"] == [100 + 2 * 3600, 105 + 2 * 3600]
    assert spare["limits"]["RLIMIT_CORE"] == [0, 0]
    await extractor.close()
    assert traces.left() == []


async def test_a_spare_that_has_died_is_replaced_without_a_word(
    extractor: ProcessAudioExtractor, caplog: pytest.LogCaptureFixture
) -> None:
    """Its end concerns nobody."""
    dead = await spare_of(extractor)
    kill(dead)

    with caplog.at_level(logging.WARNING):
        assert (await place_of_work(extractor))["process"] != dead
        assert await spare_of(extractor) != dead

    assert caplog.records == []


async def test_a_spare_that_dies_before_the_job_reaches_it_is_replaced_without_a_word(
    extractor: ProcessAudioExtractor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look whether it lives and the first line to it."""
    monkeypatch.setattr(Worker, "has_ended", lambda _: False)
    dead = await spare_of(extractor)
    kill(dead)

    with caplog.at_level(logging.WARNING):
        assert (await place_of_work(extractor))["process"] != dead

    assert caplog.records == []


async def test_a_job_that_ends_its_process_is_not_done_a_second_time(scratch: Path, traces: Traces) -> None:
    """What kills one worker would kill the next."""
    extractor = extractor_with(scratch, Ending, preload=[PRELOADED])
    await extractor.prepare()

    assert await failure_of(extractor, BytesVideo(CONTENT), a_plan()) is FailureCode.INTERNAL_ERROR

    await extractor.close()
    assert traces.left() == []


async def test_a_spare_that_hangs_is_given_up_as_any_worker(scratch: Path, traces: Traces) -> None:
    """And ended, though it does not listen."""
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED], stall_timeout=1)
    os.kill(await spare_of(extractor), signal.SIGSTOP)

    assert await failure_of(extractor, BytesVideo(CONTENT), a_plan()) is FailureCode.TIMED_OUT

    await extractor.close()
    assert traces.left() == []


async def test_extractions_at_once_share_one_spare(extractor: ProcessAudioExtractor, traces: Traces) -> None:
    """The others are started for their jobs."""
    spare = await spare_of(extractor)

    places = await asyncio.gather(*(place_of_work(extractor) for _ in range(4)))

    processes = [place["process"] for place in places]
    assert len(set(processes)) == 4
    assert spare in processes
    assert traces.children() == [await spare_of(extractor)]


async def test_preparing_twice_keeps_one_spare(extractor: ProcessAudioExtractor, traces: Traces) -> None:
    """Also at the same time."""
    await asyncio.gather(extractor.prepare(), extractor.prepare())

    assert traces.children() == [await spare_of(extractor)]


async def test_a_worker_has_imported_what_it_was_told(scratch: Path) -> None:
    """And nothing heavy that nobody asked for, though engines are there that could need it."""
    extractor = extractor_with(scratch, Telling, preload=["tracklift_adapters.moviepy.engine", "wave"])
    modules = (await place_of_work(extractor))["modules"]

    assert {"tracklift_adapters.moviepy.engine", "wave"} <= set(modules)
    assert not {"numpy", "moviepy", "imageio_ffmpeg", "av"} & set(modules)


async def test_closing_ends_the_spare_and_extractions_go_on_without_one(
    extractor: ProcessAudioExtractor, traces: Traces
) -> None:
    """Closing again is no error."""
    spare = await spare_of(extractor)
    await extractor.close()
    await extractor.close()
    assert traces.left() == []

    assert (await place_of_work(extractor))["process"] != spare

    assert traces.left() == []


async def test_closing_while_the_spare_is_started_leaves_nothing(scratch: Path, traces: Traces) -> None:
    """At several moments of its start."""
    for turns in range(1, 7):
        extractor = extractor_with(scratch, Telling, preload=[PRELOADED])
        preparing = asyncio.ensure_future(extractor.prepare())
        for _ in range(turns):
            await asyncio.sleep(0)

        await extractor.close()

        await preparing
        assert traces.left() == []


async def test_a_cancellation_of_the_preparation_leaves_the_spare_to_be_closed(
    scratch: Path, traces: Traces
) -> None:
    """Whoever cancels closes next."""
    extractor = extractor_with(scratch, Telling, preload=[PRELOADED])
    preparing = asyncio.ensure_future(extractor.prepare())
    await asyncio.sleep(0)
    preparing.cancel()
    await asyncio.wait({preparing})

    await extractor.close()

    assert traces.left() == []


async def test_a_spare_that_can_not_be_started_is_no_reason_to_fail(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The next extraction will tell, if that can't be either."""
    extractor = extractor_with(scratch, Telling)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        await extractor.prepare()
        assert await failure_of(extractor, BytesVideo(CONTENT), a_plan()) is FailureCode.INTERNAL_ERROR
    assert "could not be started" in caplog.text

    assert await place_of_work(extractor)
    await extractor.close()


PREPARED = """
import asyncio, sys
from pathlib import Path
from tests.integration.extraction_engines import extractor_with
from tests.integration.scripted_engines import Telling

async def main():
    extractor = extractor_with(Path(sys.argv[1]), Telling)
    await extractor.prepare()
    print(extractor._supply.spare.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("force", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_spare_dies_with_the_application(force: int, scratch: Path, traces: Traces) -> None:
    """In whichever way that ends."""
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
    spare = os.pidfd_open(int(await application.stdout.readline()))

    application.send_signal(force)
    await application.communicate()

    ended, _, _ = await asyncio.to_thread(select.select, [spare], [], [], 10)
    os.close(spare)
    assert ended
    bury(traces.children())
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
