from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.tables import verified_addresses
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.ports import VerifiedAddresses

_user_id = verified_addresses.c.user_id
_email = verified_addresses.c.email


class SqlVerifiedAddresses(VerifiedAddresses):
    """Remembers in a table whose address was verified."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    @override
    async def record(self, user_id: UserId, email: EmailAddress) -> None:
        # Another process may add or remove the row after this one had looked; then it looks again.
        while True:
            try:
                async with self._database.write() as connection:
                    changed = await connection.execute(
                        update(verified_addresses).where(_user_id == user_id).values(email=email.value)
                    )
                    if changed.rowcount == 0:
                        await connection.execute(
                            insert(verified_addresses).values(user_id=user_id, email=email.value)
                        )
            except IntegrityError:
                continue
            return

    @override
    async def contains(self, user_id: UserId, email: EmailAddress) -> bool:
        wanted = select(_user_id).where(_user_id == user_id, _email == email.value)
        async with self._database.read() as connection:
            return (await connection.execute(wanted)).first() is not None

    @override
    async def forget(self, user_id: UserId) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(verified_addresses).where(_user_id == user_id))
