"""Threads for work that is costly, with a bounded queue before them."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from tracklift_domain.errors import ServiceUnavailableError, TooBusyError

T = TypeVar("T")


class HashingThreads:
    """Runs calls in threads, in the order in which they come, and refuses those that would wait for too long."""

    def __init__(self, service: str, *, threads: int, waiting: int, longest_wait: timedelta) -> None:
        """Make `threads` of them, for which at most `waiting` calls wait; `service` is named in errors."""
        self._service = service
        self._longest_wait = longest_wait.total_seconds()
        self._places = threading.Semaphore(threads + waiting)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password-hasher")

    def close(self) -> None:
        """Wait for the calls under way and end the threads. Closing twice is not an error."""
        self._threads.shutdown()

    async def run(self, call: Callable[[], T]) -> T:
        """Run a call. One that has begun keeps its thread to its end, whether its result is waited for or not.

        Raises:
            TooBusyError: too many calls wait already, or the call was not begun within the longest wait.
            ServiceUnavailableError: the threads were ended.
        """
        if not self._places.acquire(blocking=False):
            raise TooBusyError(self._service)
        running = self._submit(call)
        result = asyncio.wrap_future(running)
        try:
            await asyncio.wait({result}, timeout=self._longest_wait)
            if running.cancel():
                raise TooBusyError(self._service)
            return await result
        finally:
            result.cancel()

    def _submit(self, call: Callable[[], T]) -> "Future[T]":
        try:
            running = self._threads.submit(call)
        except RuntimeError as error:
            self._places.release()
            raise ServiceUnavailableError(self._service, "it is closed") from error
        running.add_done_callback(lambda _: self._places.release())
        return running
