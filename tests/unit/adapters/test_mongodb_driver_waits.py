"""A call that is cancelled while the driver waits for a server leaves the driver's lock to others."""

import asyncio
from types import ModuleType

import pytest
from pymongo.asynchronous import pool, topology
from pymongo.lock import _async_create_condition, _async_create_lock

import tracklift_adapters.mongodb.database  # noqa: F401  # has the driver wait as it should


@pytest.mark.parametrize("module", [pool, topology], ids=["for a connection", "for a server"])
async def test_a_cancellation_while_the_lock_is_taken_back_loses_it_for_no_one(module: ModuleType) -> None:
    """The wait has run out, and another call has the lock: each waits for its turn, the cancelled one too."""
    lock = _async_create_lock()
    condition = _async_create_condition(lock)

    async def select_a_server() -> None:
        async with lock:
            await module._async_cond_wait(condition, 0.001)

    waiting = asyncio.create_task(select_a_server())
    while not condition._waiters:
        await asyncio.sleep(0)
    await lock.acquire()
    while not lock._waiters:
        await asyncio.sleep(0)

    waiting.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done(), "it would have released what another one holds"
    lock.release()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not lock.locked()
