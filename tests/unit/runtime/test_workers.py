"""Work beside the requests starts together, is seen to break, and stops with patience."""

import asyncio
import logging
from datetime import timedelta

import pytest

from tracklift_runtime.workers import Workers

LONG = timedelta(hours=1)
AT_ONCE = timedelta(0)


async def until_stopped(stopping: asyncio.Event) -> None:
    await stopping.wait()


async def endless(stopping: asyncio.Event) -> None:
    await asyncio.Event().wait()


async def broken(stopping: asyncio.Event) -> None:
    raise RuntimeError("the disk is on fire")


async def test_work_goes_on_until_it_is_stopped() -> None:
    """All of it is told to stop, and all of it ends well."""
    workers = Workers({"one": until_stopped, "other": until_stopped}, drain=LONG)
    workers.start()

    assert await workers.stop()


async def test_work_that_breaks_is_noticed_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The process can stop instead of going on without one of its parts."""
    workers = Workers({"relay": broken, "other": until_stopped}, drain=LONG)
    workers.start()

    await workers.wait_for_failure()

    assert not await workers.stop()
    assert "The relay broke." in caplog.text
    assert "the disk is on fire" in caplog.text


async def test_work_that_needs_too_long_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    """A conversion of hours must not keep a process from stopping; it is given back."""
    caplog.set_level(logging.INFO)
    workers = Workers({"converter": endless}, drain=AT_ONCE)
    workers.start()

    assert await workers.stop()

    assert "Stopping the converter in the middle of its work" in caplog.text


async def test_a_second_call_to_stop_ends_the_patience() -> None:
    """A second Ctrl-C skips the drain."""
    workers = Workers({"converter": endless}, drain=LONG)
    workers.start()
    workers.begin_to_stop()
    stopping = asyncio.create_task(workers.stop())
    await asyncio.sleep(0)
    assert not stopping.done()

    workers.begin_to_stop()

    assert await stopping


async def test_work_that_ends_within_the_patience_is_not_cancelled() -> None:
    """What is nearly done gets done."""
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def nearly_done(stopping: asyncio.Event) -> None:
        await may_end.wait()
        ended.set()

    workers = Workers({"converter": nearly_done}, drain=LONG)
    workers.start()
    stopping = asyncio.create_task(workers.stop())
    await asyncio.sleep(0)
    may_end.set()

    assert await stopping
    assert ended.is_set()


async def test_the_last_work_goes_on_until_all_other_work_has_ended() -> None:
    """So events of requests and work that end within the drain are published before the process ends."""
    may_end, order = asyncio.Event(), list[str]()

    async def converter(stopping: asyncio.Event) -> None:
        await stopping.wait()
        await may_end.wait()
        order.append("converter")

    async def relay(stopping: asyncio.Event) -> None:
        await stopping.wait()
        order.append("relay")

    workers = Workers({"converter": converter}, last={"relay": relay}, drain=LONG)
    workers.start()
    workers.begin_to_stop()
    stopping = asyncio.create_task(workers.stop())
    for _ in range(3):
        await asyncio.sleep(0)
    assert order == []
    may_end.set()

    assert await stopping
    assert order == ["converter", "relay"]


async def test_last_work_that_breaks_is_noticed_as_well(caplog: pytest.LogCaptureFixture) -> None:
    """A process without its relay would take in videos that no converter hears of."""
    workers = Workers({"converter": until_stopped}, last={"relay": broken}, drain=LONG)
    workers.start()

    await workers.wait_for_failure()

    assert not await workers.stop()
    assert "The relay broke." in caplog.text


async def test_last_work_is_cancelled_once_the_drain_is_over() -> None:
    """A broker that is down must not keep a process from stopping."""
    workers = Workers({"converter": until_stopped}, last={"relay": endless}, drain=AT_ONCE)
    workers.start()

    assert await workers.stop()
