from collections.abc import Callable, Sequence
from datetime import datetime

from typing_extensions import override

from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.events import Event
from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.session.errors import SessionNotFoundError
from tracklift_domain.user.session.ports import SessionRepository
from tracklift_domain.user.session.session import Session


class InMemorySessionRepository(SessionRepository):
    """Keeps the sessions of an in-memory repository's users, and drops those of a user who is removed."""

    def __init__(self, users: InMemoryUserRepository, outbox: InMemoryOutbox) -> None:
        self._users = users
        self._outbox = outbox
        self._sessions: dict[SessionId, Session] = {}
        users.when_removed(self.drop_of)

    @override
    async def add(self, session: Session) -> None:
        if session.user_id not in self._users:
            raise UserNotFoundError(session.user_id)
        if session.id in self._sessions:
            raise ValueError(f"session {session.id} is stored already")
        self._sessions[session.id] = session

    @override
    async def get(self, session_id: SessionId) -> Session:
        try:
            return self._sessions[session_id]
        except KeyError as error:
            raise SessionNotFoundError(session_id) from error

    @override
    async def replace(self, session: Session) -> None:
        stored = self._sessions.get(session.id)
        if stored is None or stored.revision != session.revision - 1:
            raise SessionNotFoundError(session.id)
        self._sessions[session.id] = session

    @override
    async def remove(self, session_id: SessionId, events: Sequence[Event] = ()) -> None:
        if self._sessions.pop(session_id, None) is not None:
            self._outbox.store(events)

    @override
    async def list_of(self, user_id: UserId) -> Sequence[Session]:
        owned = [session for session in self._sessions.values() if session.user_id == user_id]
        return sorted(owned, key=lambda session: (session.created_at, session.id), reverse=True)

    @override
    async def remove_of(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        self.drop_of(user_id)
        self._outbox.store(events)

    @override
    async def remove_expired(self, now: datetime) -> int:
        return self._keep(lambda session: session.expires_at > now)

    def drop_of(self, user_id: UserId) -> None:
        """End all sessions of a user, as a part of another step."""
        self._keep(lambda session: session.user_id != user_id)

    def _keep(self, wanted: Callable[[Session], bool]) -> int:
        kept = {session_id: session for session_id, session in self._sessions.items() if wanted(session)}
        dropped = len(self._sessions) - len(kept)
        self._sessions = kept
        return dropped
