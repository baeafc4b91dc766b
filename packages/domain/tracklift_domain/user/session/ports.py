"""What sessions need from the outside world."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tracklift_domain.events import Event
from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.session.session import Session


class SessionRepository(Protocol):
    """Keeps sessions.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def add(self, session: Session) -> None:
        """Store a new session. Raises `UserNotFoundError` when its user is gone."""

    @abstractmethod
    async def get(self, session_id: SessionId) -> Session:
        """Give a session. Raises `SessionNotFoundError`."""

    @abstractmethod
    async def replace(self, session: Session) -> None:
        """Replace the previous revision of a session (compare and set).

        Raises:
            SessionNotFoundError: no session, or another revision, is stored.
        """

    @abstractmethod
    async def remove(self, session_id: SessionId, events: Sequence[Event] = ()) -> None:
        """End a session, and store events in the same step. If there is none, this is no error and stores no event."""

    @abstractmethod
    async def list_of(self, user_id: UserId) -> Sequence[Session]:
        """Give all sessions of a user, expired ones included, newest first."""

    @abstractmethod
    async def remove_of(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        """End all sessions of a user, if any, and store events in the same step."""

    @abstractmethod
    async def remove_expired(self, now: datetime) -> int:
        """Delete the sessions that have expired, and give their number."""
