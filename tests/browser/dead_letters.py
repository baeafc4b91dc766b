"""Events that could not be handled, without the outage that takes."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.messaging.queues import DELETION_QUEUE
from tracklift_domain.user.events import UserDeleted
from tracklift_runtime.cloud_events import encode_event
from tracklift_runtime.timestamps import to_timestamp

REASON = "failed 10 times: the storage could not be reached"


def leave_dead_letters(data: Path, user_ids: Iterable[str]) -> None:
    """Dead-letter the deletions of users, of whom nothing is left, in Tracklift's data folder."""
    died_at = datetime.now(UTC) - timedelta(hours=2)
    with closing(sqlite3.connect(data / "queue.sqlite3")) as connection, connection:
        for user_id in user_ids:
            event = UserDeleted(id=EventId(f"{user_id}.deleted"), time=died_at, user_id=UserId(user_id))
            connection.execute(
                "INSERT INTO dead_letters (queue, event, reason, died_at) VALUES (?, ?, ?, ?)",
                [DELETION_QUEUE, encode_event(event), REASON, to_timestamp(died_at)],
            )
