"""A line of a limited rate between a client and a server, which counts what goes through it."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PIECE = 16 * 1024


class ThrottledLine:
    """Forwards connections to a port of this machine; all of them share one rate in each direction."""

    def __init__(self, target: int, bits_per_second: float) -> None:
        self._target = target
        self._up = _Rate(bits_per_second / 8)
        self._down = _Rate(bits_per_second / 8)
        self.port = 0

    @property
    def sent(self) -> int:
        """Bytes from clients, headers included."""
        return self._up.through

    async def serve(self, ready: threading.Event) -> None:
        """Accept connections until cancelled."""
        # A small buffer, so that the sender notices the rate at once.
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0, limit=_PIECE)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    async def _connect(self, questions: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(
            self._forward(questions, server, self._up), self._forward(answers, client, self._down)
        )

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, rate: "_Rate") -> None:
        with suppress(OSError):
            while data := await source.read(_PIECE):
                await asyncio.sleep(rate.wait_for(len(data)))
                sink.write(data)
                await sink.drain()
        sink.close()


class _Rate:
    def __init__(self, bytes_per_second: float) -> None:
        self._rate = bytes_per_second
        self._free_at = 0.0
        self.through = 0

    def wait_for(self, size: int) -> float:
        """Take a place in the line for some bytes, and tell how long they take to get through (seconds)."""
        now = time.monotonic()
        self._free_at = max(self._free_at, now) + size / self._rate
        self.through += size
        return self._free_at - now


@contextmanager
def throttled_line(target: int, bits_per_second: float) -> Iterator[ThrottledLine]:
    """Open a line to a port, in a thread of its own."""
    line = ThrottledLine(target, bits_per_second)
    ready = threading.Event()
    loop = asyncio.new_event_loop()

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)

    serving = loop.create_task(line.serve(ready))
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(10)
