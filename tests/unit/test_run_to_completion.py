import asyncio

import pytest

from tests.unit.faults import Gate, in_no_time
from tracklift_domain.run_to_completion import run_to_completion


async def result(gate: Gate, error: Exception | None = None) -> str:
    await gate()
    if error:
        raise error
    return "a result"


async def test_work_that_nobody_disturbs_gives_its_result() -> None:
    gate = Gate()
    gate.open()
    assert await run_to_completion(result(gate)) == "a result"


async def test_work_that_fails_raises_its_error() -> None:
    gate = Gate()
    gate.open()
    with pytest.raises(ValueError, match="a mistake"):
        await run_to_completion(result(gate, ValueError("a mistake")))


@pytest.mark.parametrize("error", [None, ValueError("a mistake")])
@pytest.mark.parametrize("times", [1, 2, 5])
async def test_a_cancellation_waits_for_the_end_of_the_work(error: Exception | None, times: int) -> None:
    gate = Gate()
    work = asyncio.ensure_future(result(gate, error))
    task = asyncio.create_task(run_to_completion(work))
    await gate.reached.wait()
    for _ in range(times):
        task.cancel()
        await in_no_time()
    assert not task.done()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.done()
    assert not work.cancelled()


async def test_work_that_is_cancelled_itself_does_not_hang() -> None:
    """So it is when a loop closes: it cancels every task that there is."""
    gate = Gate()
    work = asyncio.ensure_future(result(gate))
    task = asyncio.create_task(run_to_completion(work))
    await gate.reached.wait()
    task.cancel()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.cancelled()


async def test_work_that_is_cancelled_by_others_is_a_cancellation() -> None:
    gate = Gate()
    work = asyncio.ensure_future(result(gate))
    task = asyncio.create_task(run_to_completion(work))
    await gate.reached.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
