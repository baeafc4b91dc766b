from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import api_keys, mailed_tokens, sessions, users
from tracklift_adapters.sql.users import replace_user
from tracklift_domain.events import Event
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError, UserNotFoundError
from tracklift_domain.user.mailed_link.errors import (
    InvalidMailedTokenError,
    MailedTokenUsedError,
    TooManyMailedTokensError,
)
from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose
from tracklift_domain.user.mailed_link.ports import MailedTokenRepository
from tracklift_domain.user.user import User

_columns = mailed_tokens.c


class SqlMailedTokenRepository(MailedTokenRepository):
    """Keeps tokens in a table beside that of the users. The outbox must be of the same database."""

    def __init__(self, database: SqlDatabase, outbox: SqlOutbox) -> None:
        self._database = database
        self._outbox = outbox

    @override
    async def add(self, token: MailedToken, events: Sequence[Event] = (), *, at_most: int) -> None:
        try:
            async with self._outbox.write_with(events) as connection:
                # The user's row is locked, so that of many who count at once each counts the one before.
                user = select(users.c.id).where(users.c.id == token.user_id).with_for_update()
                if (await connection.execute(user)).first() is None:
                    raise UserNotFoundError(token.user_id)
                unexpired = select(func.count()).where(_like(token), _columns.expires_at > token.created_at)
                if (await connection.execute(unexpired)).scalar_one() >= at_most:
                    raise TooManyMailedTokensError(token.user_id)
                await connection.execute(insert(mailed_tokens).values(_to_row(token)))
        except IntegrityError as error:
            raise ValueError("the token is stored already") from error

    @override
    async def get(self, token_hash: str) -> MailedToken:
        async with self._database.read() as connection:
            found = select(mailed_tokens).where(_columns.token_hash == token_hash)
            row = (await connection.execute(found)).first()
        if row is None:
            raise InvalidMailedTokenError
        return _from_row(row)

    @override
    async def redeem(
        self, token: MailedToken, user: User, events: Sequence[Event] = (), *, end_access: bool = False
    ) -> None:
        try:
            await self._redeem(token, user, events, end_access=end_access)
        except IntegrityError as error:
            raise EmailTakenError from error

    async def _redeem(
        self, token: MailedToken, user: User, events: Sequence[Event], *, end_access: bool
    ) -> None:
        async with self._outbox.write_with(events) as connection:
            use = update(mailed_tokens).where(_columns.used_at.is_(None)).values(used_at=token.used_at)
            # The user comes first, as in `add`: a transaction that locks in another order may wait for ever.
            await replace_user(connection, user)
            used = await connection.execute(use.where(_columns.token_hash == token.token_hash))
            if used.rowcount == 0:
                raise MailedTokenUsedError
            await connection.execute(use.where(_like(token)))
            if end_access:
                await connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
                await connection.execute(delete(api_keys).where(api_keys.c.user_id == user.id))

    @override
    async def forget_before(self, time: datetime) -> int:
        async with self._database.write() as connection:
            removed = await connection.execute(delete(mailed_tokens).where(_columns.expires_at < time))
        return removed.rowcount


def _like(token: MailedToken) -> ColumnElement[bool]:
    return and_(_columns.user_id == token.user_id, _columns.purpose == token.purpose.value)


def _to_row(token: MailedToken) -> dict[str, Any]:
    return {**asdict(token), "purpose": token.purpose.value, "email": token.email.value}


def _from_row(row: Row[Any]) -> MailedToken:
    return MailedToken(
        token_hash=row.token_hash,
        purpose=TokenPurpose(row.purpose),
        user_id=row.user_id,
        email=EmailAddress(row.email),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
