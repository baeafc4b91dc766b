import sqlite3
from collections.abc import Sequence

from tracklift_adapters.local_queue.moments import to_moment
from tracklift_adapters.local_queue.queue_file import QueueFile
from tracklift_adapters.local_queue.schema import transaction
from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_domain.messaging.errors import DeadLetterNotFoundError


class DeadLetterTable:
    """The events that were set aside.

    Raises:
        ServiceUnavailableError: from every method.
    """

    def __init__(self, file: QueueFile) -> None:
        self._file = file

    async def oldest(self, queue: str, limit: int) -> Sequence[DeadLetterRecord]:
        """Give at most `limit` dead letters of a queue, oldest first."""
        rows = await self._file.run(
            lambda connection: connection.execute(
                "SELECT id, event, reason, died_at FROM dead_letters WHERE queue = ? ORDER BY id LIMIT ?",
                (queue, limit),
            ).fetchall()
        )
        return tuple(
            DeadLetterRecord(
                id=str(letter_id), queue=queue, event=event, reason=reason, died_at=to_moment(died_at)
            )
            for letter_id, event, reason, died_at in rows
        )

    async def put_back(self, queue: str, letter_id: str) -> None:
        """Make a dead letter a message of its queue again. Raises `DeadLetterNotFoundError`."""

        def work(connection: sqlite3.Connection) -> int:
            # Compared as text: an id that is no number, or too large a one, is simply not there.
            named = (queue, letter_id)
            with transaction(connection):
                connection.execute(
                    "INSERT INTO messages (queue, event) "
                    "SELECT queue, event FROM dead_letters WHERE queue = ? AND CAST(id AS TEXT) = ?",
                    named,
                )
                return connection.execute(
                    "DELETE FROM dead_letters WHERE queue = ? AND CAST(id AS TEXT) = ?", named
                ).rowcount

        if await self._file.run(work) == 0:
            raise DeadLetterNotFoundError(queue, letter_id)
