"""Keeps early ends of access in memory, so that a check needs no look-up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.ports import AccessEnd, AccessEndRepository

_OVERLAP = timedelta(minutes=2)
"""Entries of this period are read again: clocks of gateways differ, and a write may become visible late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedAccessPolicy:
    """How long ends are remembered, and how many."""

    remembered: timedelta = timedelta(hours=25)
    """Longer than an access token may last, which is a day."""
    most: int = 100_000
    """Ends that are held in memory, newest first; about 200 bytes each."""


class EndedAccess:
    """Tells whether a caller's access was ended: by a log-out, a reset, or a disabled or deleted account.

    The storage is shared by all gateways, and each reads new entries every few seconds.
    """

    def __init__(self, *, ends: AccessEndRepository, clock: Clock, policy: EndedAccessPolicy) -> None:
        self._ends = ends
        self._clock = clock
        self._policy = policy
        self._ended_at: dict[str, datetime] = {}
        self._read_at: datetime | None = None

    async def record(self, subject: str, ended_at: datetime) -> None:
        """Store that all access of a user, or that of one session or API key, ended at a time.

        Raises:
            ServiceUnavailableError: the storage can't be reached.
        """
        await self._ends.record(AccessEnd(subject=subject, ended_at=ended_at, recorded_at=self._clock.now()))
        self._note(subject, ended_at)

    async def refresh(self) -> None:
        """Read what other processes have stored since the last time.

        Raises:
            ServiceUnavailableError: the storage can't be reached; what was read before is kept.
        """
        now = self._clock.now()
        oldest = now - self._policy.remembered
        since = oldest if self._read_at is None else max(oldest, self._read_at - _OVERLAP)
        for end in reversed(await self._ends.list_recorded_since(since, limit=self._policy.most)):
            self._note(end.subject, end.ended_at)
        self._forget(oldest)
        self._read_at = now

    async def forget_old(self) -> int:
        """Delete the ends that are older than any token, and give their number."""
        return await self._ends.forget_before(self._clock.now() - self._policy.remembered)

    def has_ended(self, caller: Caller) -> bool:
        """Tell whether the caller's session, API key or token was ended.

        Raises:
            ServiceUnavailableError: the storage was never read, so nothing is known.
        """
        if self._read_at is None:
            raise ServiceUnavailableError("The record of ended sessions", "it has not been read yet")
        if caller.session_id is not None and caller.session_id in self._ended_at:
            return True
        return caller.issued_at is not None and self.has_ended_since(caller.user_id, caller.issued_at)

    def has_ended_since(self, user_id: UserId, time: datetime) -> bool:
        """Tell whether all access of a user ended at this time or later."""
        ended_at = self._ended_at.get(user_id)
        return ended_at is not None and time <= ended_at

    def _note(self, subject: str, ended_at: datetime) -> None:
        # Moved to the end, so that the first entries are those that were noted longest ago.
        known = self._ended_at.pop(subject, ended_at)
        self._ended_at[subject] = max(known, ended_at)
        if len(self._ended_at) > self._policy.most:
            del self._ended_at[next(iter(self._ended_at))]

    def _forget(self, oldest: datetime) -> None:
        self._ended_at = {
            subject: ended_at for subject, ended_at in self._ended_at.items() if ended_at >= oldest
        }
