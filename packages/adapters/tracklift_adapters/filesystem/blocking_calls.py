"""Blocking calls made from the event loop, in a bounded number of threads."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from tracklift_adapters.filesystem.storage_errors import SERVICE, translated
from tracklift_domain.errors import ServiceUnavailableError

_log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class BlockingThreads:
    """A few threads for the calls of all files."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="media-store")

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begin a call. Its errors are the port's.

        Raises:
            ServiceUnavailableError: the threads are closed.
        """

        def work() -> T:
            with translated():
                return call(*args, **kwargs)

        try:
            return self._pool.submit(work)
        except RuntimeError as error:
            raise ServiceUnavailableError(SERVICE, "it is closed") from error

    def close(self) -> None:
        """Wait for the calls under way and take no more. Closing twice is not an error."""
        self._pool.shutdown()


class CallSequence:
    """Calls about one file, each of which begins after the one before has ended."""

    def __init__(self, threads: BlockingThreads) -> None:
        self._threads = threads
        self._last: Future[Any] | None = None

    async def begin(self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Begin a call without waiting for its end; an error of it is raised at the next step."""
        await self.finish()
        self._last = self._threads.submit(call, *args, **kwargs)

    async def finish(self) -> None:
        """Wait for the call under way, if there is one. A cancellation doesn't stop it."""
        if self._last is not None:
            await asyncio.wrap_future(self._last)
            self._last = None

    async def call(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a call and give its result. A cancellation doesn't stop it once it has begun."""
        await self.finish()
        self._last = future = self._threads.submit(call, *args, **kwargs)
        await self.finish()
        return future.result()

    async def end_with(self, call: Callable[[], object]) -> None:
        """Make the last call, however the one before it ended. A cancellation is raised after its end."""
        cancelled = await _ended(self._last)
        try:
            self._last = self._threads.submit(call)
        except ServiceUnavailableError:
            # The threads were closed meanwhile: at this late hour the loop may wait for the disk.
            with translated():
                call()
        else:
            cancelled = await _ended(self._last) or cancelled
            if error := self._last.exception():
                _log.warning("A write could not be undone and stays until it is swept: %s", error)
        if cancelled is not None:
            raise cancelled

    def release(self, close: Callable[[], object]) -> None:
        """Call `close` when nothing is under way any more: now, or at the end of the call under way, in its thread."""
        if self._last is None:
            close()
        else:
            self._last.add_done_callback(lambda _: close())


async def _ended(future: Future[object] | None) -> asyncio.CancelledError | None:
    """Wait for the end of a call, whatever it is, and give the cancellation that came meanwhile."""
    cancelled = None
    if future is not None:
        waiting = asyncio.wrap_future(future)
        while not waiting.done():
            try:
                await asyncio.wait([waiting])
            except asyncio.CancelledError as error:
                cancelled = error
        if not waiting.cancelled():
            waiting.exception()  # Looked at, or the loop would complain that it was not.
    return cancelled
