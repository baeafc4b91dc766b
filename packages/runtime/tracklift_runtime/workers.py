"""What goes on in a process beside the answering of requests."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Any

_log = logging.getLogger(__name__)
_STEP = 0.1
"""Seconds."""

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Goes on until the event that it is given is set, and then ends what it is at."""


class Workers:
    """Starts work together, notices when some of it breaks, and stops it with patience."""

    def __init__(
        self, work: Mapping[str, Work], *, last: Mapping[str, Work] | None = None, drain: timedelta
    ) -> None:
        """Take the work by its names in the log; `drain` is how long all of it may continue once it must stop.

        The `last` work hands on what requests and the other work leave behind, so it is stopped after them.
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
        """Return when some of the work has ended, which none does by itself unless it breaks."""
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    def begin_to_stop(self) -> None:
        """Let no new work begin. The second call skips the drain."""
        now = asyncio.get_running_loop().time()
        self._patience_ends = now if self._stopping.is_set() else now + self._drain
        self._stopping.set()

    async def stop(self) -> bool:
        """Wait for the work, take it from those that need too long, and tell whether none had broken."""
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
            # In short steps, as a second signal ends the patience.
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
