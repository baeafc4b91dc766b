import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import external_identities, users
from tracklift_adapters.sql.users import user_to_row
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.errors import EmailTakenError, UserNotFoundError
from tracklift_domain.user.sign_in_provider.errors import (
    ExternalIdentityNotFoundError,
    ExternalIdentityTakenError,
)
from tracklift_domain.user.sign_in_provider.external_identity import ExternalIdentity
from tracklift_domain.user.sign_in_provider.ports import ExternalIdentityRepository
from tracklift_domain.user.user import User

_columns = external_identities.c


class SqlExternalIdentityRepository(ExternalIdentityRepository):
    """Keeps external identities in a table beside that of the users. The outbox must be of the same database."""

    def __init__(self, database: SqlDatabase, outbox: SqlOutbox) -> None:
        self._database = database
        self._outbox = outbox

    @override
    async def get(self, issuer: str, subject: str) -> ExternalIdentity:
        found = select(external_identities).where(_is(issuer, subject))
        async with self._database.read() as connection:
            row = (await connection.execute(found)).first()
        if row is None:
            raise ExternalIdentityNotFoundError(issuer, subject)
        return _from_row(row)

    @override
    async def list_of(self, user_id: UserId) -> Sequence[ExternalIdentity]:
        owned = select(external_identities).where(_columns.user_id == user_id)
        async with self._database.read() as connection:
            rows = await connection.execute(owned.order_by(_columns.created_at, _columns.identity_hash))
            return [_from_row(row) for row in rows]

    @override
    async def add(self, identity: ExternalIdentity) -> None:
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(external_identities).values(_to_row(identity)))
        except IntegrityError as error:
            if await self._is_there(_is(identity.issuer, identity.subject)):
                raise ExternalIdentityTakenError from error
            raise UserNotFoundError(identity.user_id) from error

    @override
    async def add_with_user(
        self, identity: ExternalIdentity, user: User, events: Sequence[Event] = ()
    ) -> None:
        try:
            async with self._outbox.write_with(events) as connection:
                await connection.execute(insert(users).values(user_to_row(user)))
                await connection.execute(insert(external_identities).values(_to_row(identity)))
        except IntegrityError as error:
            if await self._is_there(_is(identity.issuer, identity.subject)):
                raise ExternalIdentityTakenError from error
            if await self._is_there(users.c.email == user.email.value):
                raise EmailTakenError from error
            raise ValueError(f"user {user.id} is stored already") from error

    async def _is_there(self, condition: ColumnElement[bool]) -> bool:
        async with self._database.read() as connection:
            return (await connection.execute(select(1).where(condition))).first() is not None


def _is(issuer: str, subject: str) -> ColumnElement[bool]:
    return _columns.identity_hash == _hash(issuer, subject)


def _hash(issuer: str, subject: str) -> str:
    # As JSON, so that no two pairs are written alike.
    return hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()


def _from_row(row: Row[Any]) -> ExternalIdentity:
    return ExternalIdentity(
        issuer=row.issuer, subject=row.subject, user_id=row.user_id, created_at=row.created_at
    )


def _to_row(identity: ExternalIdentity) -> dict[str, Any]:
    return {
        "identity_hash": _hash(identity.issuer, identity.subject),
        "issuer": identity.issuer,
        "subject": identity.subject,
        "user_id": identity.user_id,
        "created_at": identity.created_at,
    }
