"""Capturing the beginning and the end of what a program writes to its standard error."""

import threading
from typing import IO

_KEPT = 8 * 1024
"""Bytes kept of the beginning, which names the cause, and as many of the end."""


class CapturedLog:
    """Reads a stream to its end in a thread, so that the program never blocks, and in constant memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._head = b""
        self._tail = b""
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def text(self) -> str:
        """Wait for the stream's end and return what was kept of it."""
        self._thread.join()
        return (self._head + self._tail).decode("utf-8", "replace")

    def close(self) -> None:
        """Wait for the stream's end and close it."""
        self._thread.join()
        self._stream.close()

    def _drain(self) -> None:
        while chunk := self._stream.read(4096):
            room = _KEPT - len(self._head)
            self._head += chunk[:room]
            self._tail = (self._tail + chunk[max(room, 0) :])[-_KEPT:]
