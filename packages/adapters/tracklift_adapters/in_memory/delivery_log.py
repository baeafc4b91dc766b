from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from tracklift_domain.notification.ports import DeliveryClaim, DeliveryLog


@dataclass(slots=True)
class _Entry:
    claimed_until: datetime | None = None
    sent_at: datetime | None = None


class InMemoryDeliveryLog(DeliveryLog):
    """Remembers in the memory of this process which notifications were sent."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    @override
    async def claim(self, key: str, *, now: datetime, until: datetime) -> DeliveryClaim:
        entry = self._entries.setdefault(key, _Entry())
        if entry.sent_at is not None:
            return DeliveryClaim.SENT
        if entry.claimed_until is not None and entry.claimed_until > now:
            return DeliveryClaim.HELD
        entry.claimed_until = until
        return DeliveryClaim.GRANTED

    @override
    async def record_sent(self, key: str, now: datetime) -> None:
        entry = self._entries.setdefault(key, _Entry())
        entry.sent_at = entry.sent_at or now

    @override
    async def release(self, key: str) -> None:
        entry = self._entries.get(key)
        if entry is not None and entry.sent_at is None:
            del self._entries[key]

    @override
    async def forget_before(self, time: datetime) -> int:
        old = [key for key, entry in self._entries.items() if entry.sent_at and entry.sent_at < time]
        # A claim that ran out counts for nothing any more; its sender died, and its event was never redelivered.
        lapsed = [
            key
            for key, entry in self._entries.items()
            if entry.sent_at is None and entry.claimed_until is not None and entry.claimed_until < time
        ]
        for key in (*old, *lapsed):
            del self._entries[key]
        return len(old)
