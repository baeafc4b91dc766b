import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tracklift_adapters.rabbitmq.errors import NotConnectedError
from tracklift_domain.finishing import finish

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

    async def open(self) -> None:
        """Start the thread. Opening twice is no error."""
        if self._thread is not None:
            return
        started: Future[_Running] = Future()
        # A daemon, so that an application that dies without closing is not kept alive by it.
        self._thread = threading.Thread(target=self._serve, args=(started,), name=self._name, daemon=True)
        self._thread.start()
        self._running = await asyncio.wrap_future(started)

    async def close(self, *last_work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do some last work there, cancel what runs there else, and end the thread. Closing twice is no error."""
        thread, running = self._thread, self._running
        self._thread = self._running = None
        if thread is None or running is None:
            return
        running.last_work.extend(last_work)
        running.loop.call_soon_threadsafe(running.ended.set)
        await finish(asyncio.to_thread(thread.join))

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

    def _serve(self, started: "Future[_Running]") -> None:
        # pika needs a loop that tells when a socket can be read; not every kind of loop does.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._until_ended(started))

    @staticmethod
    async def _until_ended(started: "Future[_Running]") -> None:
        ended = asyncio.Event()
        running = _Running(asyncio.get_running_loop(), ended)
        started.set_result(running)
        await ended.wait()
        await asyncio.gather(*(work() for work in running.last_work))
