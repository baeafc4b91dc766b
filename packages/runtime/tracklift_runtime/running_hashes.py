"""Hashes of growing files, kept from one request to the next."""

import threading
from collections import OrderedDict
from typing import Protocol

from tracklift_domain.identifiers import MediaId


class RunningHash(Protocol):
    """The interface of the objects that `hashlib.sha256` returns."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Add more bytes."""

    def hexdigest(self) -> str:
        """Return the hash of the bytes so far."""

    def copy(self) -> "RunningHash":
        """Return an independent copy that continues from the current state."""


class RunningHashes:
    """Keeps the running SHA-256 of growing files in this process, in bounded memory.

    The state of a hash can't be stored durably, so a file whose hash is not here is read once more when it is finished.
    """

    def __init__(self, *, most: int = 1000) -> None:
        """Remember at most `most` hashes; each takes a few hundred bytes."""
        self._most = most
        self._known: OrderedDict[MediaId, tuple[int, RunningHash]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, media_id: MediaId, size: int, running: RunningHash) -> None:
        """Remember the hash of a file's first `size` bytes."""
        with self._lock:
            self._known[media_id] = (size, running.copy())
            self._known.move_to_end(media_id)
            if len(self._known) > self._most:
                self._known.popitem(last=False)

    def get(self, media_id: MediaId, size: int) -> RunningHash | None:
        """Return the running hash of a file's first `size` bytes, to continue from, if it is known."""
        with self._lock:
            known_size, running = self._known.get(media_id, (-1, None))
            return running.copy() if running is not None and known_size == size else None

    def forget(self, media_id: MediaId) -> None:
        """Forget a file. Forgetting an unknown one changes nothing."""
        with self._lock:
            self._known.pop(media_id, None)
