"""What connects the application with a worker: three pipes and a pair of sockets, made before the worker."""

import asyncio
import os
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field

from typing_extensions import override

from tracklift_adapters.extraction_process.protocol.messages import MAX_LINE

_KEPT_LOG = 8 * 1024
"""Bytes kept of the end of a worker's standard error."""


class LogTail(asyncio.Protocol):
    """Reads a worker's standard error as it is written, and keeps the end of it."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self._kept = bytearray()

    @property
    def text(self) -> str:
        """The end of what the worker has written."""
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
    """Where the worker requests the bytes of a video."""
    stdout: asyncio.StreamReader
    """Where the worker's messages are read."""
    log: LogTail
    """Its standard error."""
    stdin: asyncio.WriteTransport
    """Where the job is written. The worker kills itself when this is closed."""
    _opened: ExitStack = field(repr=False)

    def close(self) -> None:
        """Close all of them."""
        self._opened.close()


@dataclass(frozen=True, slots=True)
class WorkerEnds:
    """The descriptors for the worker. This process closes its own copies once the worker has them."""

    standard: tuple[int, int, int]
    """Input, output and error."""
    connection: int

    def all(self) -> list[int]:
        """Return all four."""
        return [*self.standard, self.connection]


async def open_channels(worker_ends: ExitStack) -> tuple[Channels, WorkerEnds]:
    """Return both ends. Leaving `worker_ends` closes the worker's in this process.

    Raises:
        OSError: there is no free descriptor.
    """
    loop = asyncio.get_running_loop()
    stdout, log = asyncio.StreamReader(limit=MAX_LINE), LogTail()
    with ExitStack() as opened:
        connection, given = socket.socketpair()
        worker_ends.callback(given.close)
        opened.callback(connection.close)
        stdin_end, own = _pipe(worker_ends, worker_reads=True)
        stdin, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(own, "wb", 0))
        opened.callback(_abort, stdin)
        ends = [stdin_end]
        for protocol in (asyncio.StreamReaderProtocol(stdout), log):
            end, own = _pipe(worker_ends, worker_reads=False)
            ends.append(end)
            read, _ = await loop.connect_read_pipe(lambda it=protocol: it, os.fdopen(own, "rb", 0))  # type: ignore[misc]
            opened.callback(read.close)
        channels = Channels(connection, stdout, log, stdin, opened.pop_all())
    return channels, WorkerEnds((ends[0], ends[1], ends[2]), given.fileno())


def _abort(transport: asyncio.WriteTransport) -> None:
    # It closes by itself when the worker has ended; aborting it again would fail.
    if not transport.is_closing():
        transport.abort()


def _pipe(worker_ends: ExitStack, *, worker_reads: bool) -> tuple[int, int]:
    """Return the worker's end of a pipe and the application's."""
    read, write = os.pipe()
    end, own = (read, write) if worker_reads else (write, read)
    worker_ends.callback(os.close, end)
    return end, own
