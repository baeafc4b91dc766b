import threading
from collections.abc import Sequence

from pymongo.synchronous.collection import Collection

from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_adapters.mongodb.media_chunks import query_of, whole_ones

THREAD = "gridfs-read-ahead"
"""The name of the threads that fetch in the background."""


class Fetch:
    """One question for chunks of a file, asked by the caller or by a thread that does nothing else.

    The thread writes to this object only, and ends with its question: whoever does not want the answer any more lets
    go of the object and need not wait. A frozen server holds it no longer than the database's patience.
    """

    def __init__(self, chunks: Collection[Document], file: Document, numbers: Sequence[int]) -> None:
        self._chunks = chunks
        self._file = file
        self.numbers = frozenset(numbers)
        self._found: dict[int, bytes] = {}
        self._error: Exception | None = None
        self._done = threading.Event()

    @property
    def done(self) -> bool:
        """Whether `result` gives its answer without waiting."""
        return self._done.is_set()

    def start(self) -> None:
        """Ask in the background. Where no thread can be had, the answer is that nothing was found."""
        # A daemon, so that a program can end while a server does not answer. A thread for each question, because an
        # idle one would stay for ever with a reader that nobody closes; 4 MB take a hundred times as long as a start.
        try:
            threading.Thread(target=self._run, name=THREAD, daemon=True).start()
        except RuntimeError:
            self._done.set()

    def run(self) -> dict[int, bytes]:
        """Ask now, and give what `result` gives."""
        self._run()
        return self.result()

    def result(self) -> dict[int, bytes]:
        """Wait for the chunks, and give those that are there whole, by their numbers.

        Raises:
            ServiceUnavailableError: the server can't be reached.
        """
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._found

    def _run(self) -> None:
        try:
            with outages_translated():
                found = self._chunks.find(**query_of(self._file, sorted(self.numbers))).to_list()
            self._found = whole_ones(self._file, found)
        except Exception as error:  # noqa: BLE001 (raised by `result`, in the thread that can tell somebody)
            self._error = error
        finally:
            self._done.set()
