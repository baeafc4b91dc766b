"""Lists sessions."""

from collections.abc import Sequence

from tracklift_domain.clock import Clock
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.session.ports import SessionRepository
from tracklift_domain.user.session.session import Session


class ListSessions:
    """Gives the caller's sessions."""

    def __init__(self, *, sessions: SessionRepository, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def __call__(self, caller: Caller) -> Sequence[Session]:
        """Give all that have not expired, newest first. Raises `InsufficientScopeError` when an API key calls."""
        caller.require(None)
        now = self._clock.now()
        return [
            session for session in await self._sessions.list_of(caller.user_id) if session.expires_at > now
        ]
