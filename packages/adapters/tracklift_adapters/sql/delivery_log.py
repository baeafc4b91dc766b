from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.tables import delivery_log
from tracklift_domain.notification.ports import DeliveryClaim, DeliveryLog

_key = delivery_log.c.notification_key
_claimed_until = delivery_log.c.claimed_until
_sent_at = delivery_log.c.sent_at


class SqlDeliveryLog(DeliveryLog):
    """Remembers in a table which notifications were sent."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    @override
    async def claim(self, key: str, *, now: datetime, until: datetime) -> DeliveryClaim:
        try:
            async with self._database.write() as connection:
                return await _claim(connection, key, now, until)
        except IntegrityError:
            # Another process claimed it after this one had looked.
            return DeliveryClaim.HELD

    @override
    async def record_sent(self, key: str, now: datetime) -> None:
        # Another process may add or release the entry after this one had looked; then it looks again.
        while True:
            try:
                async with self._database.write() as connection:
                    noted = await connection.execute(
                        update(delivery_log).where(_key == key).values(sent_at=func.coalesce(_sent_at, now))
                    )
                    if noted.rowcount == 0:
                        await connection.execute(
                            insert(delivery_log).values(notification_key=key, sent_at=now)
                        )
            except IntegrityError:
                continue
            return

    @override
    async def release(self, key: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(delivery_log).where(_key == key, _sent_at.is_(None)))

    async def release_claims(self) -> int:
        """Give back all claims, of every holder, and tell how many there were.

        For the start of a process that alone sends mails: their holders are dead.
        """
        async with self._database.write() as connection:
            released = await connection.execute(delete(delivery_log).where(_sent_at.is_(None)))
        return released.rowcount

    @override
    async def forget_before(self, time: datetime) -> int:
        async with self._database.write() as connection:
            # A claim that ran out counts for nothing any more; its sender died, and its event was never redelivered.
            await connection.execute(delete(delivery_log).where(_sent_at.is_(None), _claimed_until < time))
            forgotten = await connection.execute(delete(delivery_log).where(_sent_at < time))
        return forgotten.rowcount


async def _claim(connection: AsyncConnection, key: str, now: datetime, until: datetime) -> DeliveryClaim:
    taken_over = await connection.execute(
        update(delivery_log)
        .where(_key == key, _sent_at.is_(None), _claimed_until <= now)
        .values(claimed_until=until)
    )
    if taken_over.rowcount == 1:
        return DeliveryClaim.GRANTED
    entry = (await connection.execute(select(_sent_at).where(_key == key))).first()
    if entry is not None:
        return DeliveryClaim.HELD if entry.sent_at is None else DeliveryClaim.SENT
    await connection.execute(insert(delivery_log).values(notification_key=key, claimed_until=until))
    return DeliveryClaim.GRANTED
