import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tracklift_adapters.rabbitmq.errors import NotConnectedError
from tracklift_domain.run_to_completion import run_to_completion

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Running:
    loop: asyncio.AbstractEventLoop
    ended: asyncio.Event
    last_work: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)


class LoopThread:
    """An event loop in a thread of its own.

    Connections live there, so that heartbeats are served whatever keeps the application's own event loop busy.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None
        self._running: _Running | None = None

    def open(self) -> None:
        """Start the thread. Opening twice is not an error."""
        if self._running is not None:
            return
        # pika needs a loop that tells when a socket can be read; not every kind of loop does.
        self._running = _Running(asyncio.SelectorEventLoop(), asyncio.Event())
        # A daemon, so that an application that dies without closing is not kept alive by it.
        self._thread = threading.Thread(target=_serve, args=(self._running,), name=self._name, daemon=True)
        self._thread.start()

    async def close(self, *last_work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do some last work there, cancel what runs there else, and end the thread. Closing twice is not an error."""
        thread, running = self._thread, self._running
        self._thread = self._running = None
        if thread is None or running is None:
            return
        running.last_work.extend(last_work)
        running.loop.call_soon_threadsafe(running.ended.set)
        await run_to_completion(asyncio.to_thread(thread.join))

    async def run(self, work: Callable[..., Coroutine[Any, Any, Result]], *arguments: object) -> Result:
        """Run a coroutine function in the thread; a cancellation of the call cancels it there.

        Raises:
            NotConnectedError: the thread is not open, or is closed meanwhile.
        """
        if self._running is None:
            raise NotConnectedError("it is not open")
        future = asyncio.run_coroutine_threadsafe(work(*arguments), self._running.loop)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise NotConnectedError("it was closed") from error

    def call_soon(self, work: Callable[..., object], *arguments: object) -> None:
        """Call a function in the thread some time soon; do nothing if the thread is not open."""
        if self._running is not None:
            self._running.loop.call_soon_threadsafe(work, *arguments)


def _serve(running: _Running) -> None:
    async def until_ended() -> None:
        await running.ended.wait()
        await asyncio.gather(*(work() for work in running.last_work))

    with asyncio.Runner(loop_factory=lambda: running.loop) as runner:
        runner.run(until_ended())
