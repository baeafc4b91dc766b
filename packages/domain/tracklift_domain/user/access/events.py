"""What happens to a user's access that other services act on."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from tracklift_domain.identifiers import ApiKeyId, EventId, SessionId, UserId
from tracklift_domain.user.events import UserEvent
from tracklift_domain.user.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(UserEvent):
    """A user has logged out, or a session ended for another reason before its time."""

    type: ClassVar[str] = "tracklift.user.sessions_ended.v1"

    session_id: str | None = None
    """Which session ended, or which API key was revoked; `None`: all that the user had."""

    @classmethod
    def of(cls, user_id: UserId, ended: SessionId | ApiKeyId, now: datetime) -> Self:
        """Announce that one session of a user ended, or what a revoked API key has opened."""
        return cls(id=EventId(f"{ended}.session_ended"), time=now, user_id=user_id, session_id=ended)

    @classmethod
    def at_once(cls, user_id: UserId, event_id: EventId, now: datetime) -> Self:
        """Announce that all sessions of a user ended at the user's own wish."""
        return cls(id=event_id, time=now, user_id=user_id)

    @classmethod
    def all_of(cls, user: User, now: datetime) -> Self:
        """Announce that all sessions of a user ended, with the change that made this revision of the user."""
        return cls(id=EventId(f"{user.id}.sessions_ended.{user.revision}"), time=now, user_id=user.id)
