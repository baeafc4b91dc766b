"""What happens to users that other services act on."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Self

from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.user.api_key import ApiKey
from tracklift_domain.user.mailed_token import MailedToken
from tracklift_domain.user.user import Session, User


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


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEmailVerified(UserEvent):
    """It is proved that a user gets the mail of the account's address."""

    type: ClassVar[str] = "tracklift.user.email_verified.v1"

    email: str

    @classmethod
    def of(cls, user: User, now: datetime) -> Self:
        """Announce that the user's address was verified."""
        return cls(id=EventId(f"{user.id}.email_verified"), time=now, user_id=user.id, email=user.email.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(UserEvent):
    """A user has logged out, or a session ended for another reason before its time."""

    type: ClassVar[str] = "tracklift.user.sessions_ended.v1"

    session_id: str | None = None
    """Which session ended, or which API key was revoked; `None`: all that the user had."""

    @classmethod
    def of(cls, session: Session, now: datetime) -> Self:
        """Announce that one session ended."""
        return cls(
            id=EventId(f"{session.id}.session_ended"),
            time=now,
            user_id=session.user_id,
            session_id=session.id,
        )

    @classmethod
    def by(cls, key: ApiKey, now: datetime) -> Self:
        """Announce that what an API key has opened ends, as the key was revoked."""
        return cls(id=EventId(f"{key.id}.session_ended"), time=now, user_id=key.user_id, session_id=key.id)

    @classmethod
    def at_once(cls, user_id: UserId, event_id: EventId, now: datetime) -> Self:
        """Announce that all sessions of a user ended at the user's own wish."""
        return cls(id=event_id, time=now, user_id=user_id)

    @classmethod
    def all_of(cls, user: User, now: datetime) -> Self:
        """Announce that all sessions of a user ended, with the change that made this revision of the user."""
        return cls(id=EventId(f"{user.id}.sessions_ended.{user.revision}"), time=now, user_id=user.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequested(UserEvent):
    """A user is to be mailed a link with a token.

    The token is here because the mail needs it, and nowhere else: what is stored is its hash. It is not shown in the
    log, and the handler of the event ignores it once the token has expired (decision 12).
    """

    email: str
    token: str = field(repr=False)
    expires_at: str
    """RFC 3339, rounded down to the second: the mail promises no more than is kept."""

    @classmethod
    def of(cls, mailed: MailedToken, token: str) -> Self:
        """Announce that a token is to be mailed. The event is named by a part of the hash, which gives nothing away."""
        return cls(
            id=EventId(f"{mailed.user_id}.{mailed.purpose}.{mailed.token_hash[:32]}"),
            time=mailed.created_at,
            user_id=mailed.user_id,
            email=mailed.email.value,
            token=token,
            expires_at=mailed.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailVerificationRequested(LinkRequested):
    """A user is to prove to get the mail of the account's address."""

    type: ClassVar[str] = "tracklift.user.email_verification_requested.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetRequested(LinkRequested):
    """Somebody who says to have forgotten the password is to prove to be the user."""

    type: ClassVar[str] = "tracklift.user.password_reset_requested.v1"
