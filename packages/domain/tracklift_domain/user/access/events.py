"""What happens to a user's access that other services act on."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from tracklift_domain.identifiers import ApiKeyId, EventId, SessionId, UserId
from tracklift_domain.user.events import UserEvent
from tracklift_domain.user.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(UserEvent):
    """A user has logged out, or a session ended early for another reason."""

    type: ClassVar[str] = "tracklift.user.sessions_ended.v1"

    session_id: str | None = None
    """Which session ended, or which API key was revoked; `None`: all sessions of the user."""

    @classmethod
    def of(cls, user_id: UserId, ended: SessionId | ApiKeyId, now: datetime) -> Self:
        """Announce that one session ended, or that an API key was revoked."""
        return cls(id=EventId(f"{ended}.session_ended"), time=now, user_id=user_id, session_id=ended)

    @classmethod
    def at_once(cls, user_id: UserId, event_id: EventId, now: datetime) -> Self:
        """Announce that a user ended all of the user's own sessions."""
        return cls(id=event_id, time=now, user_id=user_id)

    @classmethod
    def all_of(cls, user: User, now: datetime) -> Self:
        """Announce that the change that led to this revision of the user ended all sessions."""
        return cls(id=EventId(f"{user.id}.sessions_ended.{user.revision}"), time=now, user_id=user.id)
