from collections.abc import Sequence
from datetime import datetime

from typing_extensions import override

from tracklift_domain.user.access.ports import AccessEnd, AccessEndRepository


class InMemoryAccessEndRepository(AccessEndRepository):
    """Keeps in the memory of this process whose access ended."""

    def __init__(self) -> None:
        self._ends: dict[str, AccessEnd] = {}

    @override
    async def record(self, end: AccessEnd) -> None:
        known = self._ends.get(end.subject, end)
        self._ends[end.subject] = AccessEnd(
            subject=end.subject,
            ended_at=max(known.ended_at, end.ended_at),
            recorded_at=max(known.recorded_at, end.recorded_at),
        )

    @override
    async def list_recorded_since(self, time: datetime, *, limit: int) -> Sequence[AccessEnd]:
        found = [end for end in self._ends.values() if end.recorded_at >= time]
        return sorted(found, key=lambda end: end.recorded_at, reverse=True)[:limit]

    @override
    async def forget_before(self, time: datetime) -> int:
        kept = {subject: end for subject, end in self._ends.items() if end.ended_at >= time}
        forgotten = len(self._ends) - len(kept)
        self._ends = kept
        return forgotten
