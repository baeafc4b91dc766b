from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import users
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError, StaleUserError, UserNotFoundError
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.user import User


class SqlUserRepository(UserRepository):
    """Keeps users in a table. The outbox must be of the same database."""

    def __init__(self, database: SqlDatabase, outbox: SqlOutbox) -> None:
        self._database = database
        self._outbox = outbox

    @override
    async def add(self, user: User, events: Sequence[Event] = ()) -> None:
        try:
            async with self._outbox.write_with(events) as connection:
                await connection.execute(insert(users).values(user_to_row(user)))
        except IntegrityError as error:
            if await self._find(users.c.email == user.email.value) is None:
                raise ValueError(f"user {user.id} is stored already") from error
            raise EmailTakenError from error

    @override
    async def get(self, user_id: UserId) -> User:
        user = await self._find(users.c.id == user_id)
        if user is None:
            raise UserNotFoundError(user_id)
        return user

    @override
    async def get_by_email(self, email: EmailAddress) -> User:
        user = await self._find(users.c.email == email.value)
        if user is None:
            raise UserNotFoundError(email.value)
        return user

    @override
    async def replace(self, user: User) -> None:
        try:
            async with self._database.write() as connection:
                await replace_user(connection, user)
        except IntegrityError as error:
            raise EmailTakenError from error

    @override
    async def remove(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        async with self._outbox.write_with(events) as connection:
            # Sessions and all else that belongs to them goes with them: the tables say so.
            removed = await connection.execute(delete(users).where(users.c.id == user_id))
            if removed.rowcount == 0:
                raise UserNotFoundError(user_id)

    async def _find(self, condition: ColumnElement[bool]) -> User | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(users).where(condition))).first()
        return None if row is None else _from_row(row)


async def replace_user(connection: AsyncConnection, user: User) -> None:
    """Store a user over the revision before it. Raises `UserNotFoundError` or `StaleUserError`."""
    written = await connection.execute(
        update(users)
        .where(users.c.id == user.id, users.c.revision == user.revision - 1)
        .values(user_to_row(user))
    )
    if written.rowcount == 0:
        if (await connection.execute(select(users.c.id).where(users.c.id == user.id))).first() is None:
            raise UserNotFoundError(user.id)
        raise StaleUserError(user.id)


def user_to_row(user: User) -> dict[str, Any]:
    """Give the row of a user."""
    return {
        "id": user.id,
        "email": user.email.value,
        "password_hash": user.password_hash,
        "created_at": user.created_at,
        "email_verified_at": user.email_verified_at,
        "revision": user.revision,
    }


def _from_row(row: Row[Any]) -> User:
    return User(
        id=row.id,
        email=EmailAddress(row.email),
        password_hash=row.password_hash,
        created_at=row.created_at,
        email_verified_at=row.email_verified_at,
        revision=row.revision,
    )
