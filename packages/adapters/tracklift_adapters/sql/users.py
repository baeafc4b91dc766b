from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update
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
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.role import Role
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
    async def list_by_email(
        self, *, search: str = "", after: EmailAddress | None = None, limit: int
    ) -> Sequence[User]:
        wanted = select(users).order_by(users.c.email).limit(limit)
        if after is not None:
            wanted = wanted.where(users.c.email > after.value)
        if search:
            # Unlike `LIKE`, it knows no wildcards.
            wanted = wanted.where(func.instr(users.c.email, search) > 0)
        async with self._database.read() as connection:
            return [_from_row(row) for row in await connection.execute(wanted)]

    @override
    async def replace(self, user: User, events: Sequence[Event] = ()) -> None:
        try:
            async with self._outbox.write_with(events) as connection:
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
        "role": user.role.value,
        "disabled_at": user.disabled_at,
        "quota": asdict(user.quota),
        "revision": user.revision,
    }


def quota_from_row(values: Mapping[str, Any] | None) -> UserQuota:
    """Read limits of a user. Those that only another version knows are ignored."""
    known = values or {}
    return UserQuota(**{field.name: known.get(field.name) for field in fields(UserQuota)})


def _from_row(row: Row[Any]) -> User:
    return User(
        id=row.id,
        email=EmailAddress(row.email),
        password_hash=row.password_hash,
        created_at=row.created_at,
        email_verified_at=row.email_verified_at,
        # A role that a newer release has given allows nothing special here.
        role=Role(row.role) if row.role in set(Role) else Role.USER,
        disabled_at=row.disabled_at,
        quota=quota_from_row(row.quota),
        revision=row.revision,
    )
