"""What happens to users that other services act on."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.user.quota import UserQuota
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
    """A user was deleted, so everything of theirs must be deleted too."""

    type: ClassVar[str] = "tracklift.user.deleted.v1"

    @classmethod
    def of(cls, user: User, now: datetime) -> Self:
        """Announce that a user was deleted."""
        return cls(id=EventId(f"{user.id}.deleted"), time=now, user_id=user.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEmailVerified(UserEvent):
    """The address of a user was verified."""

    type: ClassVar[str] = "tracklift.user.email_verified.v1"

    email: str

    @classmethod
    def of(cls, user: User, now: datetime) -> Self:
        """Announce that the user's address was verified."""
        return cls(id=EventId(f"{user.id}.email_verified"), time=now, user_id=user.id, email=user.email.value)

    @classmethod
    def of_new_address(cls, user: User, now: datetime) -> Self:
        """Announce that the address that this revision introduced was verified."""
        event_id = EventId(f"{user.id}.email_verified.{user.revision}")
        return cls(id=event_id, time=now, user_id=user.id, email=user.email.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuotaChanged(UserEvent):
    """An admin has set or removed limits of a user. For those that are missing, the settings apply."""

    type: ClassVar[str] = "tracklift.user.quota_changed.v1"

    revision: int
    """The user's revision: of several of these events, the one with the highest revision wins."""
    stored_bytes: int | None = None
    audio_minutes: int | None = None
    conversions_in_flight: int | None = None
    upload_bytes: int | None = None

    @classmethod
    def of(cls, user: User, now: datetime) -> Self:
        """Announce the limits of this revision of the user."""
        return cls(
            id=EventId(f"{user.id}.quota_changed.{user.revision}"),
            time=now,
            user_id=user.id,
            revision=user.revision,
            stored_bytes=user.quota.stored_bytes,
            audio_minutes=user.quota.audio_minutes,
            conversions_in_flight=user.quota.conversions_in_flight,
            upload_bytes=user.quota.upload_bytes,
        )

    @property
    def quota(self) -> UserQuota:
        """The limits. Raises `InvalidQuotaError`."""
        return UserQuota(
            stored_bytes=self.stored_bytes,
            audio_minutes=self.audio_minutes,
            conversions_in_flight=self.conversions_in_flight,
            upload_bytes=self.upload_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEmailChanged(UserEvent):
    """The address of an account was changed; the previous address is notified."""

    type: ClassVar[str] = "tracklift.user.email_changed.v1"

    email: str
    previous_email: str

    @classmethod
    def of(cls, before: User, after: User, now: datetime) -> Self:
        """Announce the change that led to this revision of the user."""
        return cls(
            id=EventId(f"{after.id}.email_changed.{after.revision}"),
            time=now,
            user_id=after.id,
            email=after.email.value,
            previous_email=before.email.value,
        )
