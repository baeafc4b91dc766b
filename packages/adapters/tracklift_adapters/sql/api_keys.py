from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import api_keys, users
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ApiKeyId, UserId
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.api_key.api_key import ApiKey
from tracklift_domain.user.api_key.errors import ApiKeyNotFoundError, TooManyApiKeysError
from tracklift_domain.user.api_key.ports import ApiKeyRepository
from tracklift_domain.user.errors import UserNotFoundError

_columns = api_keys.c


class SqlApiKeyRepository(ApiKeyRepository):
    """Keeps API keys in a table beside that of the users. The outbox must be of the same database."""

    def __init__(self, database: SqlDatabase, outbox: SqlOutbox) -> None:
        self._database = database
        self._outbox = outbox

    @override
    async def add(self, key: ApiKey, *, at_most: int) -> None:
        try:
            async with self._database.write() as connection:
                # The user's row is locked, so that of many who count at once each counts the one before.
                user = select(users.c.id).where(users.c.id == key.user_id).with_for_update()
                if (await connection.execute(user)).first() is None:
                    raise UserNotFoundError(key.user_id)
                stored = select(func.count()).where(_columns.user_id == key.user_id)
                if (await connection.execute(stored)).scalar_one() >= at_most:
                    raise TooManyApiKeysError(at_most)
                await connection.execute(insert(api_keys).values(_to_row(key)))
        except IntegrityError as error:
            raise ValueError(f"API key {key.id} is stored already") from error

    @override
    async def get_by_hash(self, key_hash: str) -> ApiKey:
        async with self._database.read() as connection:
            found = select(api_keys).where(_columns.key_hash == key_hash)
            row = (await connection.execute(found)).first()
        if row is None:
            raise ApiKeyNotFoundError(key_hash)
        return _from_row(row)

    @override
    async def list_of(self, user_id: UserId) -> Sequence[ApiKey]:
        owned = select(api_keys).where(_columns.user_id == user_id)
        async with self._database.read() as connection:
            rows = await connection.execute(owned.order_by(_columns.created_at.desc(), _columns.id.desc()))
            return [_from_row(row) for row in rows]

    @override
    async def note_use(self, key_id: ApiKeyId, at: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(api_keys).where(_columns.id == key_id).values(last_used_at=at))

    @override
    async def remove(self, key: ApiKey, events: Sequence[Event] = ()) -> None:
        async with self._outbox.write_with(events) as connection:
            removed = await connection.execute(delete(api_keys).where(_columns.id == key.id))
            if removed.rowcount == 0:
                raise ApiKeyNotFoundError(key.id)

    @override
    async def forget_before(self, time: datetime) -> int:
        async with self._database.write() as connection:
            removed = await connection.execute(delete(api_keys).where(_columns.expires_at < time))
        return removed.rowcount


def _to_row(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "user_id": key.user_id,
        "name": key.name,
        # With blanks between them, as OAuth writes scopes (RFC 6749, section 3.3).
        "scopes": " ".join(sorted(key.scopes)),
        "key_hash": key.key_hash,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
    }


def _from_row(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        # A scope that a newer release has given allows nothing here.
        scopes=frozenset(scope for scope in Scope if scope in row.scopes.split()),
        key_hash=row.key_hash,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
