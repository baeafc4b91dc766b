"""A line between a client and a server that is cut again and again."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress

_PIECE = 16 * 1024


class CutLine:
    """Forwards connections to a port of this machine, and cuts each that brings a byte at which it is to be cut."""

    def __init__(self, target: int, cuts: Sequence[int]) -> None:
        """Take numbers of bytes from clients, all connections together, in ascending order."""
        self._target = target
        self._cuts = list(cuts)
        self._sent = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def left(self) -> int:
        """How often it is still to be cut."""
        return len(self._cuts)

    async def serve(self, told: Callable[[asyncio.AbstractEventLoop, asyncio.Event], None]) -> None:
        """Accept connections until the event that is told is set."""
        end = asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0, limit=_PIECE)
        self.port = server.sockets[0].getsockname()[1]
        told(asyncio.get_running_loop(), end)
        await end.wait()
        server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connect(self, questions: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        connection = asyncio.ensure_future(self._forward(questions, client))
        self._connections.add(connection)

    async def _forward(self, questions: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {client, server}
        await asyncio.gather(self._ask(questions, server, client), _answer(answers, client))
        for writer in (client, server):
            with suppress(OSError):
                await writer.wait_closed()
        # What has ended can't be aborted.
        self._writers -= {client, server}

    async def _ask(
        self, questions: asyncio.StreamReader, server: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await questions.read(_PIECE):
                if self._cuts and self._sent + len(data) >= self._cuts[0]:
                    server.write(data[: self._cuts.pop(0) - self._sent])
                    self._sent += len(data)
                    await server.drain()
                    client.transport.abort()
                    break
                self._sent += len(data)
                server.write(data)
                await server.drain()
        server.close()


async def _answer(answers: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await answers.read(_PIECE):
            client.write(data)
            await client.drain()
    client.close()


@contextmanager
def cut_line(target: int, cuts: Sequence[int]) -> Iterator[CutLine]:
    """Open a line to a port, in a thread of its own."""
    line = CutLine(target, cuts)
    served: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    def told(loop: asyncio.AbstractEventLoop, end: asyncio.Event) -> None:
        served.set_result((loop, end))

    thread = threading.Thread(target=lambda: asyncio.run(line.serve(told)), daemon=True)
    thread.start()
    loop, end = served.result(10)
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
