import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracklift_adapters.local_queue.queue_file import QueueFile
from tracklift_adapters.local_queue.schema import transaction
from tracklift_domain.clock import Clock
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Done, RetryAfter, Subscription
from tracklift_domain.messaging.errors import UnroutableEventError
from tracklift_runtime.cloud_events import encode_event
from tracklift_runtime.deliver_event import Outcome
from tracklift_runtime.timestamps import from_timestamp, to_timestamp


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that was taken, and how often in a row its handler has raised before."""

    event: str
    failures: int


class MessageTable:
    """The events that wait or are at work, each transition one transaction.

    Who takes an event holds it by a lease with a token of its own (a fencing token): once another took it over, nothing
    that is done with the old token has an effect.

    Raises:
        ServiceUnavailableError: from every method that is awaited.
    """

    def __init__(self, file: QueueFile, clock: Clock, *, lease: timedelta) -> None:
        self._file = file
        self._clock = clock
        self._lease = lease
        self._held: set[str] = set()

    async def declare(self, subscriptions: Sequence[Subscription]) -> None:
        """Let each queue take the types of events that its subscription names, and no others."""

        def work(connection: sqlite3.Connection) -> None:
            with transaction(connection):
                for subscription in subscriptions:
                    connection.execute("DELETE FROM subscriptions WHERE queue = ?", (subscription.queue,))
                    connection.executemany(
                        "INSERT INTO subscriptions (queue, event_type) VALUES (?, ?)",
                        [
                            (subscription.queue, name)
                            for name in {kind.type for kind in subscription.event_types}
                        ],
                    )

        await self._file.run(work)

    async def add(self, event: Event) -> None:
        """Put an event into all queues that take it. Raises `UnroutableEventError`."""
        text = encode_event(event)
        queues = await self._file.run(
            lambda connection: (
                connection.execute(
                    "INSERT INTO messages (queue, event) SELECT queue, ? FROM subscriptions WHERE event_type = ?",
                    (text, event.type),
                ).rowcount
            )
        )
        if queues == 0:
            raise UnroutableEventError(event.type)

    async def count_available(self, queue: str) -> int:
        """Count the events of a queue that could be taken now."""
        now = to_timestamp(self._clock.now())

        def work(connection: sqlite3.Connection) -> int:
            (count,) = connection.execute(
                "SELECT count(*) FROM messages WHERE queue = ? AND available_at <= ? "
                "AND (lease_token IS NULL OR leased_until <= ?)",
                (queue, now, now),
            ).fetchone()
            return int(count)

        return await self._file.run(work)

    @contextmanager
    def new_token(self) -> Iterator[str]:
        """Make a token for one take; until the end of the block no other take of this process gets its event.

        That matters when the clock jumps, as after a machine's sleep: the leases of those who are still at work are
        over then.
        """
        token = secrets.token_hex(16)
        self._held.add(token)
        try:
            yield token
        finally:
            self._held.discard(token)

    async def take(self, queue: str, token: str) -> Delivery | datetime | None:
        """Lease the oldest available event of a queue; without one, tell when the next one becomes available."""
        held = frozenset(self._held)
        taken_at = self._clock.now()
        now, until = to_timestamp(taken_at), to_timestamp(taken_at + self._lease)

        def work(connection: sqlite3.Connection) -> Delivery | datetime | None:
            # Looked at without a lock first: who waits must not keep others from writing.
            if _oldest_available(connection, queue, now, held) is None:
                return _next_available_at(connection, queue, held)
            with transaction(connection):
                found = _oldest_available(connection, queue, now, held)
                if found is None:
                    return _next_available_at(connection, queue, held)
                message_id, event, failures = found
                connection.execute(
                    "UPDATE messages SET lease_token = ?, leased_until = ? WHERE id = ?",
                    (token, until, message_id),
                )
            return Delivery(event, failures)

        return await self._file.run(work)

    async def renew(self, token: str) -> bool:
        """Let a lease run from now; `False` if it was lost."""
        until = to_timestamp(self._clock.now() + self._lease)
        return await self._change("UPDATE messages SET leased_until = ? WHERE lease_token = ?", until, token)

    async def release(self, token: str) -> bool:
        """Give an event back, available at once; `False` if it was not held."""
        return await self._change(
            "UPDATE messages SET lease_token = NULL, leased_until = NULL WHERE lease_token = ?", token
        )

    async def release_all(self) -> int:
        """Give back all events, of every holder, and tell how many there were."""
        return await self._file.run(
            lambda connection: (
                connection.execute(
                    "UPDATE messages SET lease_token = NULL, leased_until = NULL WHERE lease_token IS NOT NULL"
                ).rowcount
            )
        )

    async def settle(self, token: str, outcome: Outcome) -> bool:
        """Do with a held event what its outcome says; `False`, and nothing done, if the lease was lost."""
        now = self._clock.now()
        match outcome.disposition:
            case Done():
                return await self._change("DELETE FROM messages WHERE lease_token = ?", token)
            case RetryAfter(delay=delay):
                return await self._change(
                    "UPDATE messages SET available_at = ?, failures = ?, lease_token = NULL, leased_until = NULL "
                    "WHERE lease_token = ?",
                    to_timestamp(now + delay),
                    outcome.failures,
                    token,
                )
            case DeadLetter(reason=reason):
                return await self._move_to_dead_letters(token, reason, now)

    async def _move_to_dead_letters(self, token: str, reason: str, now: datetime) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            with transaction(connection):
                connection.execute(
                    "INSERT INTO dead_letters (queue, event, reason, died_at) "
                    "SELECT queue, event, ?, ? FROM messages WHERE lease_token = ?",
                    (reason, to_timestamp(now), token),
                )
                deleted = connection.execute("DELETE FROM messages WHERE lease_token = ?", (token,))
                return deleted.rowcount == 1

        return await self._file.run(work)

    async def _change(self, statement: str, *values: int | str) -> bool:
        return await self._file.run(lambda connection: connection.execute(statement, values).rowcount == 1)


def _oldest_available(
    connection: sqlite3.Connection, queue: str, now: int, held: frozenset[str]
) -> tuple[int, str, int] | None:
    rows = connection.execute(
        "SELECT id, event, failures, lease_token FROM messages "
        "WHERE queue = ? AND available_at <= ? AND (leased_until IS NULL OR leased_until <= ?) "
        "ORDER BY id LIMIT ?",
        (queue, now, now, len(held) + 1),
    ).fetchall()
    return next(((row[0], row[1], row[2]) for row in rows if row[3] not in held), None)


def _next_available_at(connection: sqlite3.Connection, queue: str, held: frozenset[str]) -> datetime | None:
    rows = connection.execute(
        "SELECT max(available_at, coalesce(leased_until, 0)) AS next_at, lease_token FROM messages "
        "WHERE queue = ? ORDER BY next_at LIMIT ?",
        (queue, len(held) + 1),
    ).fetchall()
    return next((from_timestamp(row[0]) for row in rows if row[1] not in held), None)
