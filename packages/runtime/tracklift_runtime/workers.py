"""Background work of a process, besides answering requests."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

_log = logging.getLogger(__name__)
_STEP = 0.1
"""Seconds."""

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Runs until the given event is set, and then completes what it is working on."""


class Workers:
    """Starts several pieces of work, notices when one fails, and stops them gracefully."""

    def __init__(self, work: Mapping[str, Work], *, drain: timedelta) -> None:
        """Take the work by the names used in the log; `drain` is how long it may continue when it is asked to stop."""
        self._work = work
        self._drain = drain.total_seconds()
        self._stopping = asyncio.Event()
        self._patience_ends = 0.0
        self._tasks: dict[asyncio.Task[None], str] = {}

    def start(self) -> None:
        """Start all of it."""
        for name, work in self._work.items():
            self._tasks[asyncio.create_task(work(self._stopping), name=name)] = name

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
        while (left := self._patience_ends - asyncio.get_running_loop().time()) > 0:
            # In short steps, as a second signal may end the drain.
            done, _ = await asyncio.wait(self._tasks, timeout=min(left, _STEP))
            if len(done) == len(self._tasks):
                break
        for task, name in self._tasks.items():
            if not task.done():
                _log.info("Stopping the %s in the middle of its work, which is given back.", name)
                task.cancel()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        broken = [
            (name, outcome)
            for name, outcome in zip(self._tasks.values(), outcomes, strict=True)
            if isinstance(outcome, Exception)
        ]
        for name, error in broken:
            _log.error("The %s broke.", name, exc_info=error)
        return not broken
