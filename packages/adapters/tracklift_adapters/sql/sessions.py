from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import sessions, users
from tracklift_domain.events import Event
from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.session.errors import SessionNotFoundError
from tracklift_domain.user.session.ports import SessionRepository
from tracklift_domain.user.session.session import Session


class _NotThereError(Exception):
    """Keeps the events of a session from being stored that is not there."""


class SqlSessionRepository(SessionRepository):
    """Keeps sessions in a table beside that of the users. The outbox must be of the same database."""

    def __init__(self, database: SqlDatabase, outbox: SqlOutbox) -> None:
        self._database = database
        self._outbox = outbox

    @override
    async def add(self, session: Session) -> None:
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(sessions).values(asdict(session)))
        except IntegrityError as error:
            if not await self._has_user(session.user_id):
                raise UserNotFoundError(session.user_id) from error
            raise ValueError(f"session {session.id} is stored already") from error

    @override
    async def get(self, session_id: SessionId) -> Session:
        async with self._database.read() as connection:
            row = (await connection.execute(select(sessions).where(sessions.c.id == session_id))).first()
        if row is None:
            raise SessionNotFoundError(session_id)
        return _from_row(row)

    @override
    async def replace(self, session: Session) -> None:
        async with self._database.write() as connection:
            written = await connection.execute(
                update(sessions)
                .where(sessions.c.id == session.id, sessions.c.revision == session.revision - 1)
                .values(asdict(session))
            )
        if written.rowcount == 0:
            raise SessionNotFoundError(session.id)

    @override
    async def remove(self, session_id: SessionId, events: Sequence[Event] = ()) -> None:
        with suppress(_NotThereError):
            async with self._outbox.write_with(events) as connection:
                removed = await connection.execute(delete(sessions).where(sessions.c.id == session_id))
                if removed.rowcount == 0:
                    raise _NotThereError

    @override
    async def list_of(self, user_id: UserId) -> Sequence[Session]:
        owned = select(sessions).where(sessions.c.user_id == user_id)
        async with self._database.read() as connection:
            rows = await connection.execute(
                owned.order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
            )
            return [_from_row(row) for row in rows]

    @override
    async def remove_of(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        async with self._outbox.write_with(events) as connection:
            await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))

    @override
    async def remove_expired(self, now: datetime) -> int:
        async with self._database.write() as connection:
            removed = await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
        return removed.rowcount

    async def _has_user(self, user_id: UserId) -> bool:
        async with self._database.read() as connection:
            return (
                await connection.execute(select(users.c.id).where(users.c.id == user_id))
            ).first() is not None


def _from_row(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        user_id=row.user_id,
        token_hash=row.token_hash,
        created_at=row.created_at,
        expires_at=row.expires_at,
        device=row.device,
        last_used_at=row.last_used_at,
        revision=row.revision,
    )
