import asyncio
import logging
from datetime import timedelta

import pytest

from tests.unit.faults import Gate, down, in_no_time
from tracklift_runtime.housekeeping import Housekeeping

SELDOM = timedelta(days=1)


class Job:
    """Tidies up nothing, but counts."""

    def __init__(self, *answers: int | Exception) -> None:
        self.done = 0
        self._answers = list(answers)

    async def __call__(self) -> int:
        self.done += 1
        answer = self._answers.pop(0) if self._answers else 0
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize("error", [down(), RuntimeError("a mistake")])
async def test_a_job_that_fails_does_not_keep_the_others_from_their_turn(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    broken, fine = Job(error), Job()
    await Housekeeping({"sweep": broken, "expire": fine}, every=SELDOM)()
    assert (broken.done, fine.done) == (1, 1)
    assert "Could not sweep" in caplog.text


async def test_only_a_mistake_is_logged_with_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    await Housekeeping({"one": Job(down()), "two": Job(RuntimeError("a mistake"))}, every=SELDOM)()
    assert [(record.levelname, bool(record.exc_info)) for record in caplog.records] == [
        ("WARNING", False),
        ("ERROR", True),
    ]


async def test_what_was_dealt_with_is_logged_and_nothing_is_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await Housekeeping({"sweep files": Job(3), "expire": Job(0)}, every=SELDOM)()
    assert [record.getMessage() for record in caplog.records] == ["Housekeeping: sweep files (3)."]


async def test_jobs_are_done_at_once_and_again_until_it_is_stopped() -> None:
    job, stopping = Job(), asyncio.Event()
    running = asyncio.create_task(
        Housekeeping({"sweep": job}, every=timedelta(milliseconds=1)).run(stopping=stopping)
    )
    while job.done < 3:
        await asyncio.sleep(0)
    stopping.set()
    await running


async def test_stopping_does_not_wait_for_the_next_round() -> None:
    job, stopping = Job(), asyncio.Event()
    running = asyncio.create_task(Housekeeping({"sweep": job}, every=SELDOM).run(stopping=stopping))
    await in_no_time()
    assert job.done == 1
    stopping.set()
    await running
    assert job.done == 1


async def test_stopping_waits_for_the_job_that_is_being_done() -> None:
    gate, stopping, done = Gate(), asyncio.Event(), []

    async def job() -> int:
        await gate()
        done.append(1)
        return 1

    running = asyncio.create_task(Housekeeping({"sweep": job}, every=SELDOM).run(stopping=stopping))
    await gate.reached.wait()
    stopping.set()
    await in_no_time()
    assert not running.done()
    gate.open()
    await running
    assert done == [1]
