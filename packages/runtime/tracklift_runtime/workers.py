"""Background work of a process, besides answering requests."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Any

_log = logging.getLogger(__name__)
_STEP = 0.1
"""Seconds."""

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Runs until the given event is set, and then completes what it is working on."""


class Workers:
    """Starts several pieces of work, notices when one fails, and stops them gracefully."""

    def __init__(
        self, work: Mapping[str, Work], *, last: Mapping[str, Work] | None = None, drain: timedelta
    ) -> None:
        """Take the work by the names used in the log; `drain` is how long all of it may continue when asked to stop.

        The `last` work passes on the results of requests and of the other work, so it is stopped after them.
        """
        self._work = work
        self._last = last or {}
        self._drain = drain.total_seconds()
        self._stopping, self._stopping_last = asyncio.Event(), asyncio.Event()
        self._patience_ends = 0.0
        self._tasks: dict[asyncio.Task[None], str] = {}

    def start(self) -> None:
        """Start all of it."""
        for works, stopping in ((self._work, self._stopping), (self._last, self._stopping_last)):
            for name, work in works.items():
                self._tasks[asyncio.create_task(work(stopping), name=name)] = name

    async def wait_for_failure(self) -> None:
        """Return when a piece of work has ended, which happens only if it fails, or after `begin_to_stop`."""
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    def begin_to_stop(self) -> None:
        """Ask all work to stop. The second call skips the drain."""
        now = asyncio.get_running_loop().time()
        self._patience_ends = now if self._stopping.is_set() else now + self._drain
        self._stopping.set()

    async def stop(self) -> bool:
        """Wait for the work, cancel what takes too long, and return whether no work failed."""
        if not self._stopping.is_set():
            self.begin_to_stop()
        first = [task for task, name in self._tasks.items() if name in self._work]
        outcomes = await self._end(first)
        self._stopping_last.set()
        outcomes += await self._end([task for task in self._tasks if task not in first])
        broken = [(name, outcome) for name, outcome in outcomes if isinstance(outcome, Exception)]
        for name, error in broken:
            _log.error("The %s broke.", name, exc_info=error)
        return not broken

    async def _end(self, tasks: Sequence[asyncio.Task[None]]) -> list[tuple[str, BaseException | None]]:
        while tasks and (left := self._patience_ends - asyncio.get_running_loop().time()) > 0:
            # In short steps, as a second signal may end the drain.
            done, _ = await asyncio.wait(tasks, timeout=min(left, _STEP))
            if len(done) == len(tasks):
                break
        for task in tasks:
            if not task.done():
                _log.info(
                    "Stopping the %s in the middle of its work, which is given back.", self._tasks[task]
                )
                task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        return [(self._tasks[task], outcome) for task, outcome in zip(tasks, outcomes, strict=True)]
