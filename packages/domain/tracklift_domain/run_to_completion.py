"""Work that must not be cut short, such as cleaning up."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

_Result = TypeVar("_Result")


async def run_to_completion(work: Awaitable[_Result]) -> _Result:
    """Await a short piece of work to its end, however often the calling task is cancelled meanwhile.

    A cancellation is raised when the work has ended, and what came of the work is dropped then. Unlike
    `asyncio.shield`, nothing is left running behind the caller's back.
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
        task.exception()  # Looked at, so that it is not reported as forgotten.
    raise cancellation
