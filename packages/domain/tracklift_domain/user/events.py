"""What happens to users that other services act on."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Self

from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.user.api_key import ApiKey
from tracklift_domain.user.mailed_token import MailedToken
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.second_factor import SecondFactor
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

    @classmethod
    def of_new_address(cls, user: User, now: datetime) -> Self:
        """Announce that the address was verified that the user has since this revision."""
        event_id = EventId(f"{user.id}.email_verified.{user.revision}")
        return cls(id=event_id, time=now, user_id=user.id, email=user.email.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuotaChanged(UserEvent):
    """An admin has set limits for a user, or taken them back: those that are missing are the settings' again."""

    type: ClassVar[str] = "tracklift.user.quota_changed.v1"

    revision: int
    """Of the user: of several of these events, the one with the highest counts."""
    stored_bytes: int | None = None
    audio_minutes: int | None = None
    conversions_in_flight: int | None = None
    upload_bytes: int | None = None

    @classmethod
    def of(cls, user: User, now: datetime) -> Self:
        """Announce the limits that this revision of the user has."""
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
class SecondFactorRemoved(UserEvent):
    """The password alone lets a user in again, of which the user is told."""

    type: ClassVar[str] = "tracklift.user.second_factor_removed.v1"

    email: str
    by_admin: bool
    """Whether an admin or the operator has removed it, and not its user."""

    @classmethod
    def of(cls, user: User, factor: SecondFactor, now: datetime, *, by_admin: bool) -> Self:
        """Announce that this one was removed."""
        return cls(
            id=EventId(f"{user.id}.second_factor_removed.{int(factor.created_at.timestamp())}"),
            time=now,
            user_id=user.id,
            email=user.email.value,
            by_admin=by_admin,
        )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvited(LinkRequested):
    """An admin has made an account for somebody, who is to choose its password."""

    type: ClassVar[str] = "tracklift.user.invited.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChangeRequested(LinkRequested):
    """A user is to prove to get the mail of the address that the account is to have."""

    type: ClassVar[str] = "tracklift.user.email_change_requested.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEmailChanged(UserEvent):
    """The account of a user has another address, of which that of before is told."""

    type: ClassVar[str] = "tracklift.user.email_changed.v1"

    email: str
    previous_email: str

    @classmethod
    def of(cls, before: User, after: User, now: datetime) -> Self:
        """Announce the change that made this revision of the user."""
        return cls(
            id=EventId(f"{after.id}.email_changed.{after.revision}"),
            time=now,
            user_id=after.id,
            email=after.email.value,
            previous_email=before.email.value,
        )
