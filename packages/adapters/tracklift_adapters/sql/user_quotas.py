from dataclasses import asdict

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.tables import user_quotas
from tracklift_adapters.sql.users import quota_from_row
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.ports import UserQuotas
from tracklift_domain.user.quota import UserQuota

_user_id = user_quotas.c.user_id
_revision = user_quotas.c.revision


class SqlUserQuotas(UserQuotas):
    """Remembers in a table which limits users have of their own."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    @override
    async def record(self, user_id: UserId, quota: UserQuota, *, revision: int) -> None:
        values = {"revision": revision, "quota": asdict(quota)}
        # Another process may add or remove the row after this one had looked; then it looks again.
        while True:
            try:
                async with self._database.write() as connection:
                    known = (
                        await connection.execute(select(_revision).where(_user_id == user_id))
                    ).scalar_one_or_none()
                    if known is None:
                        await connection.execute(insert(user_quotas).values(user_id=user_id, **values))
                    else:
                        await connection.execute(
                            update(user_quotas)
                            .where(_user_id == user_id, _revision < revision)
                            .values(**values)
                        )
            except IntegrityError:
                continue
            return

    @override
    async def get(self, user_id: UserId) -> UserQuota:
        async with self._database.read() as connection:
            found = await connection.execute(select(user_quotas.c.quota).where(_user_id == user_id))
            return quota_from_row(found.scalar_one_or_none())

    @override
    async def forget(self, user_id: UserId) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(user_quotas).where(_user_id == user_id))
