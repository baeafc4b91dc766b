"""How PyMongo waits for a server or a connection, where Python is older than 3.12."""

import asyncio
import sys

from pymongo.asynchronous import pool, topology
from pymongo.lock import Condition


def keep_locks_of_waits() -> None:
    """Have the driver keep its locks when one who waits is cancelled.

    It waits for its conditions by `asyncio.wait_for`, which before Python 3.12 runs the wait in a task of its own. If
    the caller is cancelled while that task takes the lock back, the lock of another one is released, and the task takes
    it and never gives it back: then each later call stands still until the process ends. Here all happens in the
    caller's task, as `wait_for` has it since.
    """
    if sys.version_info < (3, 12):
        for module in (pool, topology):
            module._async_cond_wait = _wait  # type: ignore[attr-defined]  # noqa: SLF001  # no setting does it


async def _wait(condition: Condition, timeout: float | None) -> bool:  # noqa: ASYNC109  # as the driver calls it
    try:
        async with asyncio.timeout(timeout):
            return await condition.wait()
    except TimeoutError:
        return False
