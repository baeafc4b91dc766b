import sqlite3
from collections.abc import Sequence

from tracklift_adapters.local_queue.queue_file import QueueFile
from tracklift_adapters.local_queue.schema import transaction
from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_domain.messaging.errors import DeadLetterNotFoundError
from tracklift_runtime.timestamps import from_timestamp

_LIST = "SELECT id, queue, event, reason, died_at FROM dead_letters WHERE queue = ? ORDER BY id LIMIT ?"
# An id is compared as text: one that is not a number, or is too large, is simply not there.
_GET = "SELECT id, queue, event, reason, died_at FROM dead_letters WHERE queue = ? AND CAST(id AS TEXT) = ?"
_REVIVE = (
    "INSERT INTO messages (queue, event) "
    "SELECT queue, event FROM dead_letters WHERE queue = ? AND CAST(id AS TEXT) = ?"
)
_DELETE = "DELETE FROM dead_letters WHERE queue = ? AND CAST(id AS TEXT) = ?"


class DeadLetterTable:
    """The events that were dead-lettered.

    Raises:
        ServiceUnavailableError: from every method.
    """

    def __init__(self, file: QueueFile) -> None:
        self._file = file

    async def oldest(self, queue: str, limit: int) -> Sequence[DeadLetterRecord]:
        """Give at most `limit` dead letters of a queue, oldest first."""
        rows = await self._file.run(lambda connection: connection.execute(_LIST, (queue, limit)).fetchall())
        return tuple(_record(row) for row in rows)

    async def get(self, queue: str, letter_id: str) -> DeadLetterRecord:
        """Give one dead letter of a queue. Raises `DeadLetterNotFoundError`."""
        row = await self._file.run(lambda connection: connection.execute(_GET, (queue, letter_id)).fetchone())
        if row is None:
            raise DeadLetterNotFoundError(queue, letter_id)
        return _record(row)

    async def put_back(self, queue: str, letter_id: str) -> None:
        """Make a dead letter a message of its queue again. Raises `DeadLetterNotFoundError`."""

        def work(connection: sqlite3.Connection) -> int:
            named = (queue, letter_id)
            with transaction(connection):
                connection.execute(_REVIVE, named)
                return connection.execute(_DELETE, named).rowcount

        if await self._file.run(work) == 0:
            raise DeadLetterNotFoundError(queue, letter_id)


def _record(row: tuple[int, str, str, str, int]) -> DeadLetterRecord:
    letter_id, queue, event, reason, died_at = row
    return DeadLetterRecord(
        id=str(letter_id), queue=queue, event=event, reason=reason, died_at=from_timestamp(died_at)
    )
