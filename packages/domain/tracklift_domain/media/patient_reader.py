"""Reads that resume where they stopped once the storage is available again."""

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.file_reader import position_after
from tracklift_domain.media.ports import SeekableReader

_log = logging.getLogger(__name__)
_PIECE = 2**20
"""Bytes per read, so that what was read before an outage is not read again."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds. Each pause is twice the one before."""


class PatientReader(SeekableReader):
    """Retries a read while the storage can't be reached, until no byte has arrived for too long.

    Closing the reader ends a pause between two tries.
    """

    def __init__(
        self,
        reader: SeekableReader,
        patience: timedelta,
        *,
        clock: Callable[[], float] = time.monotonic,
        first_pause: float = _FIRST_PAUSE,
    ) -> None:
        """Take ownership of a reader. A read fails once `patience` has passed without a byte."""
        self._reader = reader
        self._patience = patience.total_seconds()
        self._clock = clock
        self._first_pause = first_pause
        self._position = 0
        self._closed = threading.Event()

    @property
    def size(self) -> int:
        return self._reader.size

    @property
    def path(self) -> Path | None:
        return self._reader.path

    def read(self, size: int = -1, /) -> bytes:
        self._require_open()
        left = max(self.size - self._position, 0)
        wanted = left if size < 0 else min(size, left)
        pieces = []
        while wanted > 0:
            piece = self._piece(min(wanted, _PIECE))
            if not piece:
                break
            pieces.append(piece)
            self._position += len(piece)
            wanted -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._require_open()
        self._position = position_after(offset, whence, position=self._position, size=self.size)
        return self._position

    def tell(self) -> int:
        self._require_open()
        return self._position

    def expect(self, ranges: ByteRanges) -> None:
        self._reader.expect(ranges)

    def close(self) -> None:
        self._closed.set()
        self._reader.close()

    def _require_open(self) -> None:
        if self._closed.is_set():
            raise ValueError("I/O operation on closed file")

    def _piece(self, size: int) -> bytes:
        began, pause = self._clock(), self._first_pause
        while True:
            try:
                self._reader.seek(self._position)
                return self._reader.read(size)
            except ServiceUnavailableError as error:
                if self._clock() - began >= self._patience:
                    raise
                if pause == self._first_pause:
                    _log.warning("Reading stopped at byte %d and is tried again: %s", self._position, error)
            self._closed.wait(pause)
            self._require_open()
            pause = min(2 * pause, _LONGEST_PAUSE)
