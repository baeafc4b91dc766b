from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from typing_extensions import override

from tracklift_domain.notification.hour_of_mails import HourOfMails
from tracklift_domain.notification.notification import Notification
from tracklift_domain.notification.policies import LISTED_IN_DIGEST
from tracklift_domain.notification.ports import Allowance, HourlyMails
from tracklift_domain.user.email_address import EmailAddress


@dataclass(slots=True)
class _Hour:
    counted: set[str] = field(default_factory=set)
    held: dict[str, Notification] = field(default_factory=dict)
    unlisted: int = 0


class InMemoryHourlyMails(HourlyMails):
    """Counts and holds mails in the memory of this process."""

    def __init__(self) -> None:
        self._hours: dict[tuple[datetime, EmailAddress], _Hour] = {}

    @override
    async def admit(self, notification: Notification, *, ends_at: datetime, at_most: int) -> Allowance:
        if any(notification.key in hour.held for hour in self._hours.values()):
            return Allowance.DIGEST
        hour = self._hours.setdefault((ends_at, notification.recipient), _Hour())
        if notification.key in hour.counted or len(hour.counted) < at_most:
            hour.counted.add(notification.key)
            return Allowance.MAIL
        if len(hour.held) < LISTED_IN_DIGEST:
            hour.held[notification.key] = notification
        else:
            hour.unlisted += 1
        return Allowance.DIGEST

    @override
    async def list_ended(self, before: datetime, *, limit: int) -> Sequence[HourOfMails]:
        ended = [
            HourOfMails(
                recipient=recipient,
                ends_at=ends_at,
                held=tuple(hour.held.values()),
                unlisted=hour.unlisted,
            )
            for (ends_at, recipient), hour in self._hours.items()
            if ends_at < before and hour.held
        ]
        return sorted(ended, key=lambda hour: hour.ends_at)[:limit]

    @override
    async def settle(self, hour: HourOfMails) -> None:
        stored = self._hours.get((hour.ends_at, hour.recipient), _Hour())
        told = [each.key for each in hour.held if each.key in stored.held]
        if not told:
            return
        for key in told:
            del stored.held[key]
        stored.unlisted -= hour.unlisted

    @override
    async def forget_before(self, timestamp: datetime) -> int:
        old = [key for key, hour in self._hours.items() if key[0] < timestamp and not hour.held]
        for key in old:
            del self._hours[key]
        return len(old)
