"""Serving the bytes of a video that is not in a file to a worker."""

import asyncio
import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tracklift_adapters.extraction_process.protocol.byte_requests import (
    ANSWER,
    BYTES,
    MAX_BYTES,
    UNAVAILABLE,
    ConnectionEndedError,
    InvalidRequestError,
    receive_request,
    send,
)
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.failures import internal_error
from tracklift_domain.media.ports import SeekableReader
from tracklift_domain.run_to_completion import run_to_completion

_log = logging.getLogger(__name__)

READ_TIMEOUT = 600.0
"""Seconds: far longer than a reader waits for its storage to become available again."""
_SLOW = 1.0
"""Seconds. Faster reads do not count as waiting: otherwise a worker that reads for ever would never stall."""
_STOP_TIMEOUT = 0.3
"""Seconds for which the end of an extraction waits for a read in progress."""


class VideoServer:
    """Answers a worker's requests for the bytes of a video."""

    failure: Exception | None = None
    """Why the worker did not get them. It takes precedence over what the worker reports."""

    def __init__(
        self, video: SeekableReader, connection: socket.socket, *, read_timeout: float = READ_TIMEOUT
    ) -> None:
        """Serve a video. A read that takes more than `read_timeout` seconds is an outage of the storage."""
        self._video = video
        self._connection = connection
        self._read_timeout = read_timeout
        self._stopped = False
        self._read_since: float | None = None
        self._waited = 0.0

    def waited(self) -> float:
        """Return the seconds for which the worker has waited for slow reads, including one in progress.

        Raises:
            ServiceUnavailableError: the read in progress takes too long.
        """
        since = self._read_since
        if since is None:
            return self._waited
        taken = time.monotonic() - since
        if taken > self._read_timeout:
            raise ServiceUnavailableError("media store", f"it gave no byte for {taken:.0f} seconds")
        return self._waited + taken

    def serve(self) -> None:
        """Answer requests until the connection ends, in a thread that may block on the storage."""
        with contextlib.suppress(ConnectionEndedError):
            while not self._stopped:
                try:
                    self._answer(receive_request(self._connection))
                except InvalidRequestError as error:
                    _log.error("The worker requested %s", error)
                    self.failure = internal_error()
                    self.stop()

    def stop(self) -> None:
        """Answer no more requests. A read in progress is not interrupted."""
        self._stopped = True
        with contextlib.suppress(OSError):  # The worker has ended.
            self._connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, ranges: Sequence[tuple[int, int]]) -> None:
        self._check(ranges)
        content = self._read(ranges)
        if self._stopped:
            return
        if content is not None:
            send(self._connection, ANSWER.pack(BYTES, len(content)), content)
        else:
            reason = json.dumps(_describe(self.failure)).encode()
            send(self._connection, ANSWER.pack(UNAVAILABLE, len(reason)), reason)

    def _check(self, ranges: Sequence[tuple[int, int]]) -> None:
        for offset, size in ranges:
            if not 0 < size <= MAX_BYTES or offset + size > self._video.size:
                raise InvalidRequestError(
                    f"{size} bytes at {offset}, which is not a valid range of the video"
                )
        total = sum(size for _, size in ranges)
        if total > MAX_BYTES:
            raise InvalidRequestError(f"{total} bytes at once")

    def _read(self, ranges: Sequence[tuple[int, int]]) -> bytes | None:
        if self.failure is not None:
            return None
        began = self._read_since = time.monotonic()
        try:
            parts = [self._read_range(offset, size) for offset, size in ranges]
        except Exception as error:  # noqa: BLE001 - any error is passed on to the caller of the extractor
            self.failure = error
            return None
        finally:
            taken = time.monotonic() - began
            self._waited += taken if taken > _SLOW else 0.0
            self._read_since = None
        for part, (offset, size) in zip(parts, ranges, strict=True):
            if len(part) != size:
                _log.error(
                    "The storage returned %d of %d bytes of a video", offset + len(part), self._video.size
                )
                self.failure = internal_error()
                return None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _read_range(self, offset: int, size: int) -> bytes:
        self._video.seek(offset)
        return self._video.read(size)


def _describe(failure: Exception | None) -> tuple[str, str]:
    if isinstance(failure, ServiceUnavailableError):
        return failure.service, failure.reason
    return "media store", "the video can't be read"


@asynccontextmanager
async def serve_video(
    video: SeekableReader, connection: socket.socket, *, read_timeout: float = READ_TIMEOUT
) -> AsyncIterator[VideoServer]:
    """Serve a video while the context lasts.

    When it is left, nothing reads the video any more, unless its storage hangs: a read in progress is then abandoned.
    When that returns, its thread ends without using the video.
    """
    server = VideoServer(video, connection, read_timeout=read_timeout)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def serve() -> None:
        server.serve()
        with contextlib.suppress(RuntimeError):  # The loop is closed, so nothing waits for this.
            loop.call_soon_threadsafe(ended.set)

    # Not a thread of the loop's executor: closing the loop would wait for it without a limit.
    threading.Thread(target=serve, name="video for a worker", daemon=True).start()
    try:
        yield server
    finally:
        server.stop()
        await run_to_completion(_wait_for_thread(ended))


async def _wait_for_thread(ended: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_STOP_TIMEOUT):
            await ended.wait()
    except TimeoutError:
        _log.warning("The storage hangs: a read of a video is abandoned")
