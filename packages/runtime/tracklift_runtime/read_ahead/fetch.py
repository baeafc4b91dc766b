import threading
from collections.abc import Collection, Mapping

from tracklift_runtime.read_ahead.block_source import BlockSource

THREAD = "read-ahead"
"""The name of the threads that fetch blocks in the background."""


class Fetch:
    """One request for blocks, made in the caller's thread or in a thread of its own.

    Such a thread writes only to this object and ends with its request: a caller that no longer wants the answer drops
    the object and need not wait. If the storage hangs, the thread lasts until the storage client's timeout.
    """

    def __init__(self, source: BlockSource, numbers: Collection[int]) -> None:
        self._source = source
        self.numbers = frozenset(numbers)
        self._found: Mapping[int, bytes] = {}
        self._error: Exception | None = None
        self._done = threading.Event()

    @property
    def done(self) -> bool:
        """Whether `result` returns without waiting."""
        return self._done.is_set()

    def start(self) -> None:
        """Fetch in the background. If no thread can be started, the result is empty."""
        # A daemon thread, so that the program can exit while the storage does not respond. One thread per request,
        # because an idle thread would outlive a reader that is never closed; a request takes a hundred times as long
        # as starting a thread.
        try:
            threading.Thread(target=self._run, name=THREAD, daemon=True).start()
        except RuntimeError:
            self._done.set()

    def run(self) -> Mapping[int, bytes]:
        """Fetch in the calling thread, and return the `result`."""
        self._run()
        return self.result()

    def result(self) -> Mapping[int, bytes]:
        """Wait for the blocks, and return the complete ones by number.

        Raises:
            ServiceUnavailableError: the storage can't be reached.
        """
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._found

    def _run(self) -> None:
        try:
            self._found = self._source.fetch(sorted(self.numbers))
        except Exception as error:  # noqa: BLE001 (raised by `result`, in the thread that can report it)
            self._error = error
        finally:
            self._done.set()
