import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from tracklift_adapters.local_queue.errors import UnusableQueueFileError
from tracklift_adapters.local_queue.schema import UnknownSchemaError, prepare
from tracklift_domain.errors import ServiceUnavailableError

Result = TypeVar("Result")
SERVICE = "local queue"


class QueueFile:
    """One connection to the queue's SQLite file, used by one thread of its own.

    A piece of work is a plain function that runs whole in that thread, so a cancellation can never leave a transaction
    open. Pieces run in the order in which they were handed in.
    """

    def __init__(self, path: Path, *, patience: timedelta) -> None:
        """Name the file. `patience` is how long a piece of work waits while another process writes."""
        self._path = path
        self._patience = patience
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, and make it if it is not there (its folder must be). Opening twice is not an error.

        Raises:
            UnusableQueueFileError: the file is damaged, of a newer release, or of something else.
            ServiceUnavailableError: it can't be opened.
        """
        if self._thread is not None:
            return
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="local-queue")
        try:
            await self._in_thread(self._thread, self._connect)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what was handed in and close the file. Closing twice is not an error."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            await self._in_thread(thread, self._disconnect)
        finally:
            thread.shutdown(wait=False)

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run a piece of work in the thread. It is done even if the caller is cancelled meanwhile.

        Raises:
            ServiceUnavailableError: the file is not open, or SQLite reported an error.
        """
        if self._thread is None or self._connection is None:
            raise ServiceUnavailableError(SERVICE, "it is not open")
        connection = self._connection
        try:
            return await self._in_thread(self._thread, lambda: work(connection))
        except sqlite3.Error as error:
            raise ServiceUnavailableError(SERVICE, str(error)) from error

    async def _in_thread(self, thread: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
        running = asyncio.get_running_loop().run_in_executor(thread, work)
        # An error that comes after the caller was cancelled has no receiver; this marks it as seen.
        running.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(running)

    def _connect(self) -> None:
        try:
            # Events name people: the file and what SQLite puts beside it is for its owner only.
            # Never opened beside SQLite once it is there: closing it would drop this process's locks
            # (sqlite.org/howtocorrupt.html, section 2.2).
            with suppress(FileExistsError):
                self._path.touch(mode=0o600, exist_ok=False)
            self._connection = sqlite3.connect(
                self._path, timeout=self._patience.total_seconds(), isolation_level=None
            )
            # Text that is not valid UTF-8 must be dead-lettered like any that can't be read, and not stop the reader.
            self._connection.text_factory = lambda text: text.decode("utf-8", "replace")
            prepare(self._connection)
        except UnknownSchemaError as error:
            raise UnusableQueueFileError(self._path, str(error)) from error
        except (OSError, sqlite3.OperationalError) as error:
            raise ServiceUnavailableError(SERVICE, f"{self._path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise UnusableQueueFileError(self._path, str(error)) from error

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
