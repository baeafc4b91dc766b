"""When an extraction counts as stalled."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from tests.contracts.audio_extractor import a_plan, ignore
from tests.unit.faults import down
from tracklift_adapters.extraction_process.host.worker_process import Worker
from tracklift_adapters.extraction_process.host.worker_session import WorkerSession
from tracklift_adapters.extraction_process.protocol.job import Job
from tracklift_adapters.extraction_process.protocol.messages import Finished, encode_message
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode

STALL = 0.02
FINISHED = Finished(name="a.mp3", size=1, duration=1, decoded=1, bitrate=192, track=0, damage=None)
JOB = Job(engines=(), video=None, size=1, folder="/nowhere", plan=a_plan())


class ScriptedWorker:
    """Sends nothing until it is released."""

    def __init__(self) -> None:
        self.done = asyncio.Event()

    def send_job(self, job: Job) -> None:
        """Receive a job."""

    async def read_line(self) -> bytes:
        """Give the message that the job has finished."""
        await self.done.wait()
        return encode_message(FINISHED)


def session(worker: ScriptedWorker, waited: Callable[[], float]) -> WorkerSession:
    return WorkerSession(cast("Worker", worker), JOB, STALL, ignore, waited)


async def test_a_worker_that_waits_for_the_storage_does_not_stall() -> None:
    """However long it takes: here until it has been polled ten times."""
    worker, loop, polls = ScriptedWorker(), asyncio.get_running_loop(), 0
    began = loop.time()

    def waited() -> float:
        nonlocal polls
        polls += 1
        if polls == 10:
            worker.done.set()
        return loop.time() - began

    assert await session(worker, waited).run() == FINISHED
    assert polls >= 10


async def test_a_worker_that_waits_for_nothing_stalls() -> None:
    """Also if it has waited before."""
    with pytest.raises(ExtractionError) as raised:
        await session(ScriptedWorker(), lambda: 100.0).run()
    assert raised.value.failure.code is FailureCode.TIMED_OUT


async def test_a_storage_that_never_answers_is_an_outage() -> None:
    def waited() -> float:
        raise down()

    with pytest.raises(ServiceUnavailableError):
        await session(ScriptedWorker(), waited).run()
