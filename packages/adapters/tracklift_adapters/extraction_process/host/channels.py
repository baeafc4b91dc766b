"""What connects the application with a worker: three pipes and a pair of sockets, made before the worker is."""

import asyncio
import os
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field

from typing_extensions import override

from tracklift_adapters.extraction_process.protocol.messages import LONGEST_LINE

_KEPT_LOG = 8 * 1024
"""Bytes kept of the end of a worker's standard error."""


class Log(asyncio.Protocol):
    """Reads a worker's standard error all the time and keeps the end."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self._kept = bytearray()

    @property
    def text(self) -> str:
        """What it has written, as far as that is kept."""
        return self._kept.decode("utf-8", "replace")

    @override
    def data_received(self, data: bytes) -> None:
        self._kept += data
        del self._kept[:-_KEPT_LOG]

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()


@dataclass(slots=True)
class Channels:
    """The application's ends."""

    connection: socket.socket
    """Where the worker asks for the bytes of a video."""
    answers: asyncio.StreamReader
    """The worker's standard output."""
    log: Log
    """Its standard error."""
    orders: asyncio.WriteTransport
    """Its standard input, which is also its life line."""
    _opened: ExitStack = field(repr=False)

    def close(self) -> None:
        """Let go of all of them."""
        self._opened.close()


@dataclass(frozen=True, slots=True)
class WorkerEnds:
    """The descriptors for the worker, to be closed here when it has them."""

    standard: tuple[int, int, int]
    """Input, output and error."""
    connection: int

    def all(self) -> list[int]:
        """Give all four."""
        return [*self.standard, self.connection]


async def open_channels(handed_over: ExitStack) -> tuple[Channels, WorkerEnds]:
    """Give both ends; `handed_over` closes the worker's when it is left.

    Raises:
        OSError: there is no descriptor left.
    """
    loop = asyncio.get_running_loop()
    answers, log = asyncio.StreamReader(limit=LONGEST_LINE), Log()
    with ExitStack() as opened:
        connection, given = socket.socketpair()
        handed_over.callback(given.close)
        opened.callback(connection.close)
        orders_end, orders = _pipe(handed_over, reads=True)
        written, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(orders, "wb", 0))
        opened.callback(_abort, written)
        ends = [orders_end]
        for protocol in (asyncio.StreamReaderProtocol(answers), log):
            end, own = _pipe(handed_over, reads=False)
            ends.append(end)
            read, _ = await loop.connect_read_pipe(lambda it=protocol: it, os.fdopen(own, "rb", 0))  # type: ignore[misc]
            opened.callback(read.close)
        channels = Channels(connection, answers, log, written, opened.pop_all())
    return channels, WorkerEnds((ends[0], ends[1], ends[2]), given.fileno())


def _abort(transport: asyncio.WriteTransport) -> None:
    if (
        not transport.is_closing()
    ):  # By itself, as it is when the worker has ended. A second time is too much for it.
        transport.abort()


def _pipe(handed_over: ExitStack, *, reads: bool) -> tuple[int, int]:
    """Give the worker's end, which it reads from or writes to, and the application's."""
    read, write = os.pipe()
    end, own = (read, write) if reads else (write, read)
    handed_over.callback(os.close, end)
    return end, own
