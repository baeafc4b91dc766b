"""What happens to users that other services act on."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.user.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEvent(Event):
    """An event about one user."""

    source: ClassVar[str] = "/tracklift/users"
    subject_name: ClassVar[str] = "user_id"

    user_id: UserId

    @property
    def subject(self) -> str:
        """The user's id."""
        return self.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(UserEvent):
    """A user is gone, and with the user the right to keep anything of theirs."""

    type: ClassVar[str] = "tracklift.user.deleted.v1"

    @classmethod
    def of(cls, user: User, now: datetime) -> Self:
        """Announce that a user was deleted."""
        return cls(id=EventId(f"{user.id}.deleted"), time=now, user_id=user.id)
