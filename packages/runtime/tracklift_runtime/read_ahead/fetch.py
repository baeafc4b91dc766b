import threading
from collections.abc import Collection, Mapping

from tracklift_runtime.read_ahead.block_source import BlockSource

THREAD = "read-ahead"
"""The name of the threads that fetch in the background."""


class Fetch:
    """One request for blocks, made by the caller or by a thread that does nothing else.

    The thread writes to this object only, and ends with its request: a caller that does not want the answer any more
    drops the object and need not wait. A storage that hangs holds the thread for as long as the storage's own timeout.
    """

    def __init__(self, source: BlockSource, numbers: Collection[int]) -> None:
        self._source = source
        self.numbers = frozenset(numbers)
        self._found: Mapping[int, bytes] = {}
        self._error: Exception | None = None
        self._done = threading.Event()

    @property
    def done(self) -> bool:
        """Whether `result` answers without waiting."""
        return self._done.is_set()

    def start(self) -> None:
        """Fetch in the background. Where no thread can be started, the result is that nothing was found."""
        # A daemon, so that a program can end while a storage does not answer. A thread for each request, because an
        # idle thread would stay for ever with a reader that is never closed; a request takes a hundred times as long
        # as the start of a thread.
        try:
            threading.Thread(target=self._run, name=THREAD, daemon=True).start()
        except RuntimeError:
            self._done.set()

    def run(self) -> Mapping[int, bytes]:
        """Fetch now, and give what `result` gives."""
        self._run()
        return self.result()

    def result(self) -> Mapping[int, bytes]:
        """Wait for the blocks, and give those that are whole, by their numbers.

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
