"""Work that must not be interrupted, such as a cleanup."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

_Result = TypeVar("_Result")


async def run_to_completion(work: Awaitable[_Result]) -> _Result:
    """Await a short piece of work to its end, even if the calling task is cancelled meanwhile.

    A cancellation is raised once the work has ended, whose result is then dropped. Unlike with
    `asyncio.shield`, nothing is left running in the background.
    """
    task = asyncio.ensure_future(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # Retrieved, so that asyncio does not report it as never retrieved.
    raise cancellation
