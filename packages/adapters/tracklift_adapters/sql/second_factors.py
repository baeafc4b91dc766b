from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import second_factors
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.second_factor.errors import (
    SecondFactorExistsError,
    SecondFactorNotFoundError,
    StaleSecondFactorError,
)
from tracklift_domain.user.second_factor.ports import SecondFactorRepository
from tracklift_domain.user.second_factor.second_factor import SecondFactor

_columns = second_factors.c


class _NotThereError(Exception):
    """There is nothing to remove, so nothing to announce."""


class SqlSecondFactorRepository(SecondFactorRepository):
    """Keeps second factors in a table beside that of the users. The outbox must be of the same database."""

    def __init__(self, database: SqlDatabase, outbox: SqlOutbox) -> None:
        self._database = database
        self._outbox = outbox

    @override
    async def begin(self, factor: SecondFactor) -> None:
        # Each in a transaction of its own: in one, two that begin at once could wait for each other's locks.
        while not (await self._put_over_unconfirmed(factor) or await self._insert(factor)):
            pass

    @override
    async def get(self, user_id: UserId) -> SecondFactor:
        found = select(second_factors).where(_columns.user_id == user_id)
        async with self._database.read() as connection:
            row = (await connection.execute(found)).first()
        if row is None:
            raise SecondFactorNotFoundError
        return SecondFactor(
            user_id=row.user_id,
            secret=row.secret,
            created_at=row.created_at,
            confirmed_at=row.confirmed_at,
            last_step=row.last_step,
            recovery_hashes=frozenset(row.recovery_hashes),
            failures=row.failures,
            failed_at=row.failed_at,
            revision=row.revision,
        )

    @override
    async def replace(self, factor: SecondFactor) -> None:
        changed = (
            update(second_factors)
            .where(
                _columns.user_id == factor.user_id,
                _columns.secret == factor.secret,
                _columns.revision == factor.revision - 1,
            )
            .values(_to_row(factor))
        )
        async with self._database.write() as connection:
            if (await connection.execute(changed)).rowcount == 0:
                raise StaleSecondFactorError

    @override
    async def remove(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        with suppress(_NotThereError):
            async with self._outbox.write_with(events) as connection:
                removed = await connection.execute(delete(second_factors).where(_columns.user_id == user_id))
                if removed.rowcount == 0:
                    raise _NotThereError

    async def _put_over_unconfirmed(self, factor: SecondFactor) -> bool:
        changed = (
            update(second_factors)
            .where(_columns.user_id == factor.user_id, _columns.confirmed_at.is_(None))
            .values(_to_row(factor))
        )
        async with self._database.write() as connection:
            return (await connection.execute(changed)).rowcount > 0

    async def _insert(self, factor: SecondFactor) -> bool:
        """Tell whether it was stored; if not, another one was begun meanwhile."""
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(second_factors).values(_to_row(factor)))
        except IntegrityError as error:
            try:
                stored = await self.get(factor.user_id)
            except SecondFactorNotFoundError:
                raise UserNotFoundError(factor.user_id) from error
            if stored.is_active:
                raise SecondFactorExistsError from error
            return False
        return True


def _to_row(factor: SecondFactor) -> dict[str, Any]:
    return {
        "user_id": factor.user_id,
        "secret": factor.secret,
        "created_at": factor.created_at,
        "confirmed_at": factor.confirmed_at,
        "last_step": factor.last_step,
        "recovery_hashes": sorted(factor.recovery_hashes),
        "failures": factor.failures,
        "failed_at": factor.failed_at,
        "revision": factor.revision,
    }
