from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.tables import hourly_mails, mail_hours
from tracklift_domain.notification.hour_of_mails import HourOfMails
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.policies import LISTED_IN_DIGEST
from tracklift_domain.notification.ports import Allowance, HourlyMails
from tracklift_domain.user.email_address import EmailAddress

_key = hourly_mails.c.notification_key


class SqlHourlyMails(HourlyMails):
    """Keeps a row for each recipient and hour, and one for each mail that was counted or is held."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    @override
    async def admit(self, notification: Notification, *, ends_at: datetime, at_most: int) -> Allowance:
        # Another process may add the row of the hour, or of this mail, after this one had looked; then it looks again.
        while True:
            try:
                async with self._database.write() as connection:
                    return await _admit(connection, notification, ends_at, at_most)
            except IntegrityError:
                continue

    @override
    async def list_ended(self, before: datetime, *, limit: int) -> Sequence[HourOfMails]:
        ended = (
            select(mail_hours)
            .where(mail_hours.c.ends_at < before, mail_hours.c.held > 0)
            .order_by(mail_hours.c.ends_at)
            .limit(limit)
        )
        async with self._database.read() as connection:
            hours = (await connection.execute(ended)).all()
            return [_to_hour(hour, await _held_in(connection, hour)) for hour in hours]

    @override
    async def settle(self, hour: HourOfMails) -> None:
        async with self._database.write() as connection:
            told = await connection.execute(
                delete(hourly_mails).where(_key.in_([each.key for each in hour.held]), hourly_mails.c.held)
            )
            if told.rowcount == 0:
                return
            await connection.execute(
                update(mail_hours)
                .where(*_of(mail_hours, hour.recipient, hour.ends_at))
                .values(
                    held=mail_hours.c.held - told.rowcount, unlisted=mail_hours.c.unlisted - hour.unlisted
                )
            )

    @override
    async def forget_before(self, timestamp: datetime) -> int:
        async with self._database.write() as connection:
            await connection.execute(
                delete(hourly_mails).where(hourly_mails.c.ends_at < timestamp, ~hourly_mails.c.held)
            )
            forgotten = await connection.execute(
                delete(mail_hours).where(mail_hours.c.ends_at < timestamp, mail_hours.c.held == 0)
            )
        return forgotten.rowcount


async def _admit(
    connection: AsyncConnection, notification: Notification, ends_at: datetime, at_most: int
) -> Allowance:
    known = (await connection.execute(select(hourly_mails).where(_key == notification.key))).first()
    if known is not None and known.held:
        return Allowance.DIGEST
    if known is not None and known.ends_at == ends_at:
        return Allowance.MAIL
    # It was counted in an earlier hour, in which it could not be sent.
    await connection.execute(delete(hourly_mails).where(_key == notification.key))
    hour = _of(mail_hours, notification.recipient, ends_at)
    if (await connection.execute(select(mail_hours.c.held).where(*hour))).first() is None:
        await connection.execute(
            insert(mail_hours).values(
                recipient=notification.recipient.value, ends_at=ends_at, counted=0, held=0, unlisted=0
            )
        )
    for column, limit in ((mail_hours.c.counted, at_most), (mail_hours.c.held, LISTED_IN_DIGEST)):
        # In one statement, so that of several processes each counts those before.
        taken = await connection.execute(
            update(mail_hours).where(*hour, column < limit).values({column: column + 1})
        )
        if taken.rowcount == 1:
            is_held = column is mail_hours.c.held
            await connection.execute(
                insert(hourly_mails).values(_to_row(notification, ends_at, held=is_held))
            )
            return Allowance.DIGEST if is_held else Allowance.MAIL
    await connection.execute(update(mail_hours).where(*hour).values(unlisted=mail_hours.c.unlisted + 1))
    return Allowance.DIGEST


async def _held_in(connection: AsyncConnection, hour: Row[Any]) -> Sequence[Row[Any]]:
    held = (
        select(hourly_mails)
        .where(hourly_mails.c.recipient == hour.recipient, hourly_mails.c.ends_at == hour.ends_at)
        .where(hourly_mails.c.held)
        .order_by(hourly_mails.c.position)
    )
    return (await connection.execute(held)).all()


def _of(table: Table, recipient: EmailAddress, ends_at: datetime) -> tuple[ColumnElement[bool], ...]:
    return table.c.recipient == recipient.value, table.c.ends_at == ends_at


def _to_row(notification: Notification, ends_at: datetime, *, held: bool) -> dict[str, Any]:
    return {
        "notification_key": notification.key,
        "recipient": notification.recipient.value,
        "ends_at": ends_at,
        "held": held,
        "event_id": notification.event_id,
        "kind": notification.kind.value,
        # What was counted is mailed from its event.
        "facts": dict(notification.facts) if held else {},
    }


def _to_hour(hour: Row[Any], held: Sequence[Row[Any]]) -> HourOfMails:
    recipient = EmailAddress(hour.recipient)
    return HourOfMails(
        recipient=recipient,
        ends_at=hour.ends_at,
        held=tuple(
            Notification(
                event_id=row.event_id,
                recipient=recipient,
                kind=NotificationKind(row.kind),
                facts=row.facts,
            )
            for row in held
        ),
        unlisted=hour.unlisted,
    )
