"""The application's side of reading a video that lies in no ordinary file."""

import asyncio
import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracklift_adapters.extraction_process.protocol.byte_requests import (
    ANSWER,
    BYTES,
    MOST,
    REQUEST,
    UNAVAILABLE,
    ConnectionEndedError,
    receive_into,
    send,
)
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.failures import internal_error
from tracklift_domain.media.ports import SeekableReader
from tracklift_domain.run_to_completion import run_to_completion

_log = logging.getLogger(__name__)

LONGEST_READING = 600.0
"""Seconds: far more than a reader takes that waits for its storage to come back."""
_SLOW = 1.0
"""Seconds: a worker that reads on and on without an end does not wait for the storage."""
_TIME_TO_RETURN = 0.3
"""Seconds for which the end of an extraction waits for a reading that is under way."""


class VideoServer:
    """Answers a worker's requests for the bytes of a video."""

    failure: Exception | None = None
    """What kept the worker from getting them. It counts more than anything the worker says."""

    def __init__(
        self, video: SeekableReader, connection: socket.socket, *, longest_reading: float = LONGEST_READING
    ) -> None:
        """Serve; a reading that takes more than `longest_reading` seconds is an outage of the storage."""
        self._video = video
        self._connection = connection
        self._longest_reading = longest_reading
        self._stopped = False
        self._reading_since: float | None = None
        self._waited = 0.0

    def waited(self) -> float:
        """Give the seconds for which the worker has waited for slow readings, with the one that is under way.

        Raises:
            ServiceUnavailableError: that one takes too long.
        """
        since = self._reading_since
        if since is None:
            return self._waited
        taken = time.monotonic() - since
        if taken > self._longest_reading:
            raise ServiceUnavailableError("media store", f"it gave no byte for {taken:.0f} seconds")
        return self._waited + taken

    def serve(self) -> None:
        """Answer until the connection ends, in a thread that may wait for the storage."""
        head = memoryview(bytearray(REQUEST.size))
        with contextlib.suppress(ConnectionEndedError):
            while not self._stopped:
                receive_into(self._connection, head)
                self._answer(*REQUEST.unpack(head))

    def stop(self) -> None:
        """Let go of the video and of the worker, at once or when the reading that is under way has ended."""
        self._stopped = True
        with contextlib.suppress(OSError):  # The worker has ended.
            self._connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, offset: int, size: int) -> None:
        if not 0 < size <= MOST or offset + size > self._video.size:
            _log.error("The worker asked for %d bytes from %d of a video", size, offset)
            self.failure = internal_error()
            self.stop()
            return
        content = self._read(offset, size)
        if self._stopped:
            return
        if content is not None:
            send(self._connection, ANSWER.pack(BYTES, size), content)
        else:
            reason = json.dumps(_told(self.failure)).encode()
            send(self._connection, ANSWER.pack(UNAVAILABLE, len(reason)), reason)

    def _read(self, offset: int, size: int) -> bytes | None:
        if self.failure is not None:
            return None
        began = self._reading_since = time.monotonic()
        try:
            self._video.seek(offset)
            content = self._video.read(size)
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who extracts is told
            self.failure = error
            return None
        finally:
            taken = time.monotonic() - began
            self._waited += taken if taken > _SLOW else 0.0
            self._reading_since = None
        if len(content) != size:
            _log.error("The storage gave %d of %d bytes of a video", offset + len(content), self._video.size)
            self.failure = internal_error()
            return None
        return content


def _told(failure: Exception | None) -> tuple[str, str]:
    if isinstance(failure, ServiceUnavailableError):
        return failure.service, failure.reason
    return "media store", "the video can't be read"


@asynccontextmanager
async def serving(
    video: SeekableReader, connection: socket.socket, *, longest_reading: float = LONGEST_READING
) -> AsyncIterator[VideoServer]:
    """Serve a video while the context lasts.

    When it is left, nobody reads the video any more, unless its storage hangs: that reading is left to itself, nothing
    is done with the video when it returns, and its thread ends.
    """
    server = VideoServer(video, connection, longest_reading=longest_reading)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def serve() -> None:
        server.serve()
        with contextlib.suppress(RuntimeError):  # Nobody waits any more: the loop is closed.
            loop.call_soon_threadsafe(ended.set)

    # Not one of the loop's own threads: these are waited for, however long, when the loop is closed.
    threading.Thread(target=serve, name="video for a worker", daemon=True).start()
    try:
        yield server
    finally:
        server.stop()
        await run_to_completion(_wait_a_little(ended))


async def _wait_a_little(ended: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_TIME_TO_RETURN):
            await ended.wait()
    except TimeoutError:
        _log.warning("The storage hangs: a reading of a video is left to itself")
